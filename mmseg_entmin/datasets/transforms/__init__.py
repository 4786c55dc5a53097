# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .cached import Cached
from .color_transfer import ColorTransfer
from .empty_pixels import PackUnlabeledInputs, TrackEmptyPixels
from .load_image_classes import LoadImageClasses
from .load_tiff import LoadTiff
from .random_rotate_reflect import RandomRotateReflect
from .rare_class_crop import RareClassCrop

__all__ = ['Cached', 'ColorTransfer', 'LoadImageClasses', 'LoadTiff', 'PackUnlabeledInputs', 'RandomRotateReflect',
           'RareClassCrop', 'TrackEmptyPixels']
