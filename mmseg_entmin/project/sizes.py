# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The size of the images in training, and that of the crops."""
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

WIDTH = 8  # pixels that rare classes keep at least, where the images are so large
CROP = 96  # smallest crop of images that are larger than the base's size
LONGER = 5.  # times that a training takes longer for crops of enlarged images, at most
LARGEST = 1024  # short side up to which a test looks at a whole image at once


class Sizes(NamedTuple):
    """Short side of the resized images, and side of the crops, in pixels; why they are not those of the base."""

    side: int
    crop: int
    reason: str = ''


def choose_sizes(side: int | None, crop: int | None, default: int, short_sides: Sequence[int],
                 width: float = float('inf')) -> Sizes:
    """Sizes as asked for, or by the base's side, `default`.

    What is `width` pixels wide in the images keeps ``WIDTH`` pixels: the images get larger than the base's side where
    that is needed, and the crops do not, but for ``CROP``. ValueError for sizes that do not fit.
    """
    reason = ''
    if side is None:
        side = max(default, crop or 0, wide_side(short_sides, width))
        if side > max(default, crop or 0):
            reason = (f'images have a short side of {side} pixels instead of {default}, so that the thinnest of them, '
                      f'about {width:.0f} pixels wide in the files, stays visible')
        crop = min(side, max(default, CROP)) if crop is None and side > default else crop
    crop = side if crop is None else crop
    if side < 1:
        raise ValueError(f'--size {side}: give 1 at least')
    if not 1 <= crop <= side:
        raise ValueError(f'--crop {crop}: give 1 to {side}, the short side of the images in training (--size)')
    return Sizes(side, crop, reason)


def with_more_steps(sizes: Sizes) -> tuple[Sizes, float]:
    """The sizes, and by how much a training takes longer for images that were enlarged; the reason says so too.

    A crop shows a small part of such an image: with as many steps as for images of the base's size, the labeled images
    themselves are not learned.
    """
    longer = min(LONGER, sizes.side / sizes.crop) if sizes.reason else 1.
    if longer == 1:
        return sizes, 1.
    return sizes._replace(reason=f'{sizes.reason}, and training takes {longer:.1f} times as many steps, since a crop '
                                 'shows a small part of an image'), longer


def wide_side(short_sides: Sequence[int], width: float, step: int = 32) -> int:
    """The short side at which a width in the images becomes ``WIDTH``, a multiple of `step`, at most the median of the
    short sides of the images."""
    median = sorted(short_sides)[len(short_sides) // 2] if short_sides else 0
    return min(median, -(-int(np.ceil(median * WIDTH / width)) // step) * step)


def look_in_windows(model: dict, sizes: Sizes) -> None:
    """Lets a test look at large images in windows of the crops' size, in place."""
    if sizes.side > max(LARGEST, sizes.crop) and (model.get('test_cfg') or {}).get('mode') != 'slide':
        stride = sizes.crop * 2 // 3
        model['test_cfg'] = dict(model.get('test_cfg') or {}, mode='slide', crop_size=(sizes.crop, sizes.crop),
                                 stride=(stride, stride))
