# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pictures of single images, and the hook that draws them."""
from .uncertainty_visualization_hook import UncertaintyVisualizationHook

__all__ = ['UncertaintyVisualizationHook']
