# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Splits the images with masks into training and validation."""
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_entmin.datasets.splits import make_split, read_list


class Split(NamedTuple):
    """Names of the images, each list sorted."""

    labeled: list[str]
    val: list[str]
    unlabeled: list[str]


def split(masked: Sequence[str], images: Sequence[str], presence: np.ndarray, val_share: Fraction, seed: int,
          stratify: bool = True, val_list: Path | None = None) -> Split:
    """Splits the sorted names of images with masks into training and validation images; the others are unlabeled.

    A share in (0, 1), at least one mask, is drawn for validation with `seed`, or `val_list` names it. With `stratify`,
    training images follow the class frequencies, rare classes first, by `presence`, bool, (masks, C). Raises
    FileNotFoundError without the list, and ValueError if a part is empty or a listed name has no mask.
    """
    if len(masked) < 2:
        raise ValueError(f'{len(masked)} mask: at least 2 are needed, one for training and one for validation')
    if val_list is not None:
        if not val_list.is_file():
            raise FileNotFoundError(f"--val-list '{val_list}' does not exist (current folder: {Path.cwd()})")
        val = sorted(read_list(val_list))
        unknown = [name for name in val if name not in set(masked)]
        if unknown:
            ended = any(name.rpartition('.')[0] in set(masked) for name in unknown)
            raise ValueError(f"--val-list '{val_list}' names {unknown[0]}, which has no mask ({len(unknown)} of "
                             f"{len(val)} names have none){'; names go without suffix' if ended else ''}")
        labeled = [name for name in masked if name not in set(val)]
        if not labeled:
            raise ValueError(f"--val-list '{val_list}' names every image with a mask: none is left to train on")
    else:
        count = min(max(1, round(len(masked) * val_share)), len(masked) - 1)
        labeled, val = make_split(masked, Fraction(len(masked) - count, len(masked)), seed, presence, stratify)
    return Split(labeled, val, sorted(set(images) - set(masked)))
