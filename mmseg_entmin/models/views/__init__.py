# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .cutmix import CutMix
from .gaussian_noise import GaussianNoise
from .mirrored_views import MirroredViews
from .strong_view import StrongView

__all__ = ['CutMix', 'GaussianNoise', 'MirroredViews', 'StrongView']
