# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .overlay import semi_supervised

__all__ = ['semi_supervised']
