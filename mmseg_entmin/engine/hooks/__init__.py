# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Hooks of MMEngine's runner."""
from .channels_last_hook import ChannelsLastHook
from .exact_resume_hook import ExactResumeHook
from .preemption_hook import PreemptionHook
from .safe_checkpoint_hook import SafeCheckpointHook
from .stuck_share_hook import StuckShareHook

__all__ = ['ChannelsLastHook', 'ExactResumeHook', 'PreemptionHook', 'SafeCheckpointHook', 'StuckShareHook']
