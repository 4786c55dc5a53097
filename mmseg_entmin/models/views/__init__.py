# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Augmented views of the images of a batch."""
from mmseg_entmin._moved import moved_names

from .classmix import ClassMix
from .cutmix import CutMix, paste
from .elastic_deformation import ElasticDeformation, deform, deform_mask
from .flip_ensemble import FlipEnsemble
from .gaussian_noise import GaussianNoise
from .intensity_augmentation import IntensityAugmentation
from .photometric_augmentation import PhotometricAugmentation, largest_intensity
from .strong_views import StrongViews, check_normalizes

__all__ = [
    'ClassMix', 'CutMix', 'ElasticDeformation', 'FlipEnsemble', 'GaussianNoise', 'IntensityAugmentation',
    'PhotometricAugmentation', 'StrongViews', 'check_normalizes', 'deform', 'deform_mask', 'largest_intensity',
    'paste']

__getattr__ = moved_names(__name__)
