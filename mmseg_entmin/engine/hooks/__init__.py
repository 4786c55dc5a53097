# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Hooks of MMEngine's runner."""
from .exact_resume_hook import ExactResumeHook
from .preemption_hook import PreemptionHook
from .safe_checkpoint_hook import SafeCheckpointHook

__all__ = ['ExactResumeHook', 'PreemptionHook', 'SafeCheckpointHook']
