# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Hooks of MMEngine's runner."""
from mmseg_entmin._moved import moved_names

from .channels_last_hook import ChannelsLastHook
from .exact_resume_hook import ExactResumeHook
from .fast_hook import FastHook
from .nonfinite_loss_hook import NonFiniteLoss, NonFiniteLossHook
from .preemption_hook import PreemptionHook
from .progress_hook import ProgressHook
from .safe_checkpoint_hook import CheckpointNotSaved, SafeCheckpointHook
from .stuck_share_hook import StuckShareHook
from .unreadable_images_hook import UnreadableImagesHook
from .weight_average_hook import WeightAverageHook

__all__ = ['ChannelsLastHook', 'CheckpointNotSaved', 'ExactResumeHook', 'FastHook', 'NonFiniteLoss',
           'NonFiniteLossHook', 'PreemptionHook', 'ProgressHook', 'SafeCheckpointHook', 'StuckShareHook',
           'UnreadableImagesHook', 'WeightAverageHook']

__getattr__ = moved_names(__name__)
