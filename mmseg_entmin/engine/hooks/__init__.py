# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Hooks of MMEngine's runner."""
from .nonfinite_loss_hook import NonFiniteLoss, NonFiniteLossHook
from .unreadable_images_hook import UnreadableImagesHook

__all__ = ['NonFiniteLoss', 'NonFiniteLossHook', 'UnreadableImagesHook']
