# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from .classmix import ClassMix
from .cutmix import CutMix, paste
from .gaussian_noise import GaussianNoise
from .mirrored_views import MirroredViews
from .strong_view import StrongView

__all__ = ['ClassMix', 'CutMix', 'GaussianNoise', 'MirroredViews', 'StrongView', 'paste']
