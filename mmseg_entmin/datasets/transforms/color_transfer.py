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
    """Gives an image the mean and the deviation that each channel of CIELAB has in another image, drawn at random
    (Reinhard et al., "Color transfer between images", IEEE CG&A 2001).

    In a labeled pipeline the other images are the unlabeled ones: the labels of a few images are then learned in the
    colors of all. It stands where the image is whole and has no empty corners, before crops and rotations.

    Args:
        prob: probability that an image changes its colors, in 0..1. Default 0.5.
        references: config of a dataset whose images give their colors; no mask is read. Default: the unlabeled images
            of the :class:`SemiDataset` that the pipeline belongs to.
        max_references: images that are read for it, at the start; spread evenly where there are more. Default 256.
        max_contrast: bound of the factor, and of its inverse, by which a deviation may change. Default 2.

    Raises:
        ValueError: an option out of its range; references of which none can be read, or no references when an image
            comes; an image that has not three channels.
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
        """Reads the colors of images.

        Args:
            loads: for each image what loads it, into the ``img`` of a dict. One that fails is left out: the dataset
                that it belongs to names it when its turn comes.
        """
        places = np.linspace(0, len(loads) - 1, min(len(loads), self.max_references)).round().astype(int)
        self.references = [found for place in places if (found := read_statistics(loads[place]))]
        if not self.references:
            raise ValueError(f'ColorTransfer: none of {len(places)} images to take colors from can be read; look at '
                             'their data_root and list')

    def draw(self) -> int | None:
        """Which of the references gives its colors; None: the image keeps its own."""
        return np.random.randint(len(self.references)) if np.random.rand() < self.prob else None

    def transform(self, results: dict) -> dict:
        """Changes ``img``, (H, W, 3) in BGR, values in 0..255, or 0..65535 in 16 bits; its dtype stays."""
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
    """Those of an image that can be loaded."""
    try:
        return statistics(to_lab(load()['img']))
    except Exception:  # of any kind: the decoders' errors have no common class
        return None


def to_lab(image: np.ndarray) -> np.ndarray:
    """(H, W, 3) in BGR, 0 to :func:`white`, to CIELAB in float32: lightness in 0..100, the others in -127..127."""
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f'ColorTransfer: an image of shape {image.shape}; it takes (height, width, 3)')
    return cv2.cvtColor(image.astype(np.float32) / np.float32(white(image)), cv2.COLOR_BGR2LAB)


def statistics(lab: np.ndarray) -> Statistics:
    """Mean and standard deviation of each channel, (3, ) each."""
    return lab.mean(axis=(0, 1)), lab.std(axis=(0, 1))


def white(image: np.ndarray) -> int:
    """The largest intensity of an image: 65535 in 16 bits, or where a value of another type is above 255; else 255."""
    return 65535 if image.dtype == np.uint16 or (image.dtype != np.uint8 and image.max(initial=0) > 255) else 255
