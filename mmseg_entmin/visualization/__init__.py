# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pictures of single images, and the hook that draws them."""
from mmseg_entmin._moved import moved_names

from .uncertainty_visualization_hook import UncertaintyVisualizationHook

__all__ = ['UncertaintyVisualizationHook']

__getattr__ = moved_names(__name__)
