# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks as lengths of runs, the first one of hidden pixels, row by row, as CVAT writes them."""
from collections.abc import Sequence

import numpy as np


def counts_of(shown: np.ndarray) -> list[int]:
    """Lengths of the runs of hidden and shown pixels in turn, row by row, of a mask, bool; the first may be 0."""
    flat = shown.ravel()
    ends = [*(np.flatnonzero(flat[1:] != flat[:-1]) + 1), flat.size] if flat.size else []
    counts = np.diff([0, *ends]).tolist()
    return [0, *counts] if flat.size and flat[0] else counts


def from_counts(counts: Sequence[int], height: int, width: int) -> np.ndarray:
    """The mask (height, width), bool, of such lengths. ValueError if their sum is another number of pixels."""
    if min(counts, default=0) < 0 or sum(counts) != height * width:
        raise ValueError(f'run lengths of {sum(counts)} pixels for a mask of {width} x {height}')
    return np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(height, width)


def box_of(shown: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, width and height of the smallest box around the shown pixels, at least one, of a mask (H, W)."""
    rows, columns = (np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0))
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)
