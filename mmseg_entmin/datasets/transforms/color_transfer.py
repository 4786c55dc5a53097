# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labeled images in the colors of other images: few masks show few stains, lamps and cameras."""
from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import DefaultScope

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import DATASETS, TRANSFORMS

Statistics = tuple[np.ndarray, np.ndarray]


@TRANSFORMS.register_module()
class ColorTransfer(BaseTransform):
    """Gives an image the mean and deviation per CIELAB channel of another, random one (Reinhard et al., "Color transfer
    between images", IEEE CG&A 2001).

    In a labeled pipeline the other images are the unlabeled ones, so that the labels of a few images are learned in the
    colors of all. Place it before crops and rotations, where the image has no empty corners. ValueError: an option out
    of range, no readable references, or an image without three channels.

    Args:
        prob: probability of a change, in 0..1. Default 0.5.
        references: config of a dataset whose images give the colors. Default: the unlabeled ones of the `SemiDataset`.
        max_references: number of images to read at the start, evenly spread. Default 256.
        max_contrast: bound of the factor, and of its inverse, of a deviation. Default 2.
    """

    def __init__(self, prob: float = 0.5, references: dict | None = None, max_references: int = 256,
                 max_contrast: float = 2.) -> None:
        if not 0 <= prob <= 1:
            raise OptionError('ColorTransfer', 'prob', prob, 'must be in 0..1')
        for name, value in dict(max_references=max_references, max_contrast=max_contrast).items():
            if value < 1:
                raise OptionError('ColorTransfer', name, value, 'must be at least 1')
        self.prob, self.max_references, self.max_contrast = prob, max_references, max_contrast
        self.references: Sequence[Statistics] = ()
        if references is not None:
            with DefaultScope.overwrite_default_scope('mmseg'):
                dataset = DATASETS.build({**references, 'pipeline': [dict(type='LoadImageFromFile')]})
            self.take_from([partial(dataset.__getitem__, index) for index in range(len(dataset))])

    def take_from(self, loads: Sequence[Callable[[], dict]]) -> None:
        """Reads colors: each of `loads` returns a dict with an image as `img`. Failing ones are left out."""
        places = np.linspace(0, len(loads) - 1, min(len(loads), self.max_references)).round().astype(int)
        self.references = [found for place in places if (found := read_statistics(loads[place]))]
        if not self.references:
            raise ValueError(f'ColorTransfer: none of {len(places)} images to take colors from can be read; look at '
                             'their data_root and list')

    def draw(self) -> int | None:
        """Index of a random reference, or None to keep the colors."""
        return np.random.randint(len(self.references)) if np.random.rand() < self.prob else None

    def transform(self, results: dict) -> dict:
        """Changes `img`, (H, W, 3), BGR, in 0..255, or 0..65535 for 16 bits; the dtype stays."""
        if not self.references:
            raise ValueError('ColorTransfer has no images to take colors from: a SemiDataset gives it its unlabeled '
                             'ones; in a pipeline without, give references=dict(type=..., data_root=..., ...)')
        reference = self.draw()
        if reference is not None:
            image = results['img']
            lab = to_lab(image)
            (mean, deviation), (other_mean, other_deviation) = statistics(lab), self.references[reference]
            contrast = (other_deviation / np.maximum(deviation, 1e-3)).clip(1 / self.max_contrast, self.max_contrast)
            bgr = cv2.cvtColor((lab - mean) * contrast + other_mean, cv2.COLOR_LAB2BGR)
            results['img'] = (bgr * white(image)).round().clip(0, white(image)).astype(image.dtype)
        return results

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(prob={self.prob}, references={len(self.references)} images, '
                f'max_contrast={self.max_contrast})')


def read_statistics(load: Callable[[], dict]) -> Statistics | None:
    """Statistics of an image, or None if it cannot be loaded."""
    try:
        return statistics(to_lab(load()['img']))
    except Exception:  # of any kind: the decoders' errors have no common class
        return None


def to_lab(image: np.ndarray) -> np.ndarray:
    """BGR (H, W, 3) in 0..`white` to CIELAB in float32: lightness in 0..100, the others in -127..127."""
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f'ColorTransfer: an image of shape {image.shape}; it takes (height, width, 3)')
    return cv2.cvtColor(image.astype(np.float32) / np.float32(white(image)), cv2.COLOR_BGR2LAB)


def statistics(lab: np.ndarray) -> Statistics:
    """Mean and standard deviation per channel, (3, ) each."""
    return lab.mean(axis=(0, 1)), lab.std(axis=(0, 1))


def white(image: np.ndarray) -> int:
    """The largest possible intensity: 65535 for 16 bits or values above 255 in other dtypes than uint8; else 255."""
    return 65535 if image.dtype == np.uint16 or (image.dtype != np.uint8 and image.max(initial=0) > 255) else 255
