# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .cached import Cached

__all__ = ['Cached']
