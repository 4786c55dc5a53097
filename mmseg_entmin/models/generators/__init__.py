# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .image_generator import ImageGenerator

__all__ = ['ImageGenerator']
