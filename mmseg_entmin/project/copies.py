# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Validation images of which there are resized or recompressed copies among the images that are trained on."""
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import cv2
import numpy as np

from mmseg_entmin.datasets.checks.look_through import evenly
from mmseg_entmin.datasets.near_duplicates import near_pairs, thumbnail
from mmseg_entmin.datasets.tiff import tiff_header
from mmseg_entmin.words import amount

from .header import read_header

SECONDS = 10.  # to look at images
REDUCED = ((2048, cv2.IMREAD_REDUCED_GRAYSCALE_8), (1024, cv2.IMREAD_REDUCED_GRAYSCALE_4),
           (512, cv2.IMREAD_REDUCED_GRAYSCALE_2))  # by the smallest short side
SHOWN = 3


def copies_note(val: Mapping[str, Path], labeled: Mapping[str, Path], unlabeled: Mapping[str, Path],
                seconds: float = SECONDS) -> list[str]:
    """A note on images that are trained on and nearly the same as validation images, or none.

    Validation and labeled images are looked at first, then unlabeled ones, evenly spread, as long as there is time.

    Args:
        val: paths of the validation images by name.
        labeled: those of the labeled training images.
        unlabeled: those of the unlabeled ones.
        seconds: time limit.
    """
    end = time.monotonic() + seconds
    parts = [dict(looked(paths, end)) for paths in (val, labeled, unlabeled)]
    trained = {**{f'{name} (labeled)': small for name, small in parts[1].items()},
               **{f'{name} (unlabeled)': small for name, small in parts[2].items()}}
    names, others = list(parts[0]), list(trained)
    pairs = [(names[first], others[second])
             for first, second in near_pairs(list(parts[0].values()), list(trained.values()))]
    if not pairs:
        return []
    shown = ', '.join(f'{first} and {second}' for first, second in pairs[:SHOWN])
    total = len(val) + len(labeled) + len(unlabeled)
    seen = sum(map(len, parts))
    partly = f' ({seen} of {total} images were looked at)' if seen < total else ''
    return [f'{amount(len(pairs), "pair")} of a validation image and one that is trained on show nearly the same '
            f'picture, as resized or recompressed copies do: {shown}{partly}; keep them on one side with --groups or '
            '--val-list, or leave one out']


def looked(images: Mapping[str, Path], end: float) -> Iterator[tuple[str, np.ndarray]]:
    """Names and thumbnails of images until the time `end`, in an order in which every beginning is spread evenly."""
    names = list(images)
    for index in evenly(len(names)) if names else ():
        if time.monotonic() > end:
            return
        small = thumbnail(read_small(images[names[index]]))
        if small is not None:
            yield names[index], small


def read_small(path: Path) -> np.ndarray | None:
    """An image in gray, JPEG at a fraction of its size; None for one that cannot be read, or a TIFF of many bands."""
    try:
        side = min(read_header(path).size)
    except (OSError, ValueError):
        return None
    tiff = tiff_header(path)
    flag = next((flag for least, flag in REDUCED if side >= least), cv2.IMREAD_GRAYSCALE)
    return None if tiff is not None and not tiff.plain else cv2.imread(str(path), flag | cv2.IMREAD_IGNORE_ORIENTATION)
