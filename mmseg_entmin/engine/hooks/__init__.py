# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Hooks of MMEngine's runner."""
from .stuck_share_hook import StuckShareHook

__all__ = ['StuckShareHook']
