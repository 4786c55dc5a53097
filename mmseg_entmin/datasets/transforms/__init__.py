# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .cached import Cached
from .random_rotate_reflect import RandomRotateReflect

__all__ = ['Cached', 'RandomRotateReflect']
