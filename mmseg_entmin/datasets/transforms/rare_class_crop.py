# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Crops that show rare classes often."""
from collections.abc import Sequence

import numpy as np
from mmcv.transforms.utils import cache_randomness
from mmseg.datasets.transforms import RandomCrop

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import TRANSFORMS


@TRANSFORMS.register_module()
class RareClassCrop(RandomCrop):
    """mmseg's ``RandomCrop``; a share of the crops holds a random pixel of a rare class.

    Each of the rare classes that the image has is drawn equally often, then one of its pixels, then one of the windows
    around this pixel. An image without these classes, or without a mask (an unlabeled one), is cropped anywhere.

    Args:
        crop_size: (height, width) or a side, in pixels.
        classes: labels of the rare classes, at least one.
        prob: share of the crops with a rare class, in 0..1. Default 0.5.
        **kwargs: ``cat_max_ratio`` of the other crops, and ``ignore_index``, see ``RandomCrop``.
    """

    def __init__(self, crop_size: int | tuple[int, int], classes: Sequence[int], prob: float = 0.5, **kwargs) -> None:
        super().__init__(crop_size, **kwargs)
        if not len(classes):
            raise OptionError('RareClassCrop', 'classes', classes, 'name the label of one class at least')
        if not 0 <= prob <= 1:
            raise OptionError('RareClassCrop', 'prob', prob, 'must be in 0..1')
        self.classes, self.prob = list(classes), prob

    @cache_randomness
    def crop_bbox(self, results: dict) -> tuple[int, int, int, int]:
        """(y1, y2, x1, x2) of a crop of ``img``, by its map ``gt_seg_map`` (H, W)."""
        labels = results.get('gt_seg_map')
        found = np.unique(labels) if labels is not None and np.random.rand() < self.prob else ()
        found = [label for label in self.classes if label in found]
        if not found:
            return super().crop_bbox(results)
        pixels = np.flatnonzero(labels == found[np.random.randint(len(found))])
        place = np.unravel_index(pixels[np.random.randint(len(pixels))], labels.shape)
        (y1, y2), (x1, x2) = map(window_around, place, labels.shape, self.crop_size)
        return y1, y2, x1, x2

    def __repr__(self) -> str:
        return f'{type(self).__name__}(crop_size={self.crop_size}, classes={self.classes}, prob={self.prob})'


def window_around(place: int, length: int, size: int) -> tuple[int, int]:
    """A random window of ``size`` pixels within ``length`` that holds ``place``; all if the length is smaller."""
    first, last = max(0, place - size + 1), min(place, length - size)
    start = np.random.randint(first, last + 1) if last >= first else 0
    return start, start + size
