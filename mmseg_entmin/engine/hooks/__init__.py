# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Hooks of MMEngine's runner."""
from .progress_hook import ProgressHook

__all__ = ['ProgressHook']
