# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .cases import Case, CollectCases
from .panels import draw_panels

__all__ = ['Case', 'CollectCases', 'draw_panels']
