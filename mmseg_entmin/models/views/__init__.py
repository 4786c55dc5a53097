# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .cutmix import CutMix
from .strong_view import StrongView

__all__ = ['CutMix', 'StrongView']
