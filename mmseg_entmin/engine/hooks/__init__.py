# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Hooks of MMEngine's runner."""
from .progress_hook import ProgressHook
from .uncertainty_visualization_hook import UncertaintyVisualizationHook

__all__ = ['ProgressHook', 'UncertaintyVisualizationHook']
