# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .cached import Cached
from .color_transfer import ColorTransfer
from .random_rotate_reflect import RandomRotateReflect
from .unlabeled import PackUnlabeledInputs, TrackEmptyPixels

__all__ = ['Cached', 'ColorTransfer', 'PackUnlabeledInputs', 'RandomRotateReflect', 'TrackEmptyPixels']
