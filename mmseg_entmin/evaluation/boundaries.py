# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How far the outlines of two masks are apart: Dice, F1 within a tolerance, Hausdorff distance."""
import math
from typing import NamedTuple

import cv2
import numpy as np

CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
EPS = 1e-4  # OpenCV's distances are float32


class Agreement(NamedTuple):
    """Agreement of two masks of one class; the scores are in 0..1, the distance is in pixels.

    NaN: neither mask has a pixel. Where one mask is empty, the scores are 0, and the distance is the image's diagonal.
    """

    dice: float
    tolerant_f1: float
    boundary_f1: float
    hausdorff: float


NEITHER = Agreement(*[math.nan] * 4)


def agreement(predicted: np.ndarray, true: np.ndarray, tolerance: float = 2., percentile: float = 95.) -> Agreement:
    """Dice, F1 of pixels and of boundaries within `tolerance` pixels, and the Hausdorff distance of two masks (H, W).

    A boundary pixel is a pixel of the mask with a neighbor above, below, left or right that is not; outside the image
    nothing is. F1 is the harmonic mean of two shares: predicted pixels that have a true one within the tolerance
    (Euclidean, inclusive), and true pixels that have a predicted one. The Hausdorff distance is the larger of both
    directions' `percentile` of the distances of boundary pixels (95: HD95, as in MONAI; 100: the maximum).
    """
    sizes = np.count_nonzero(predicted), np.count_nonzero(true)
    if not any(sizes):
        return NEITHER
    if not all(sizes):
        return Agreement(0., 0., 0., math.hypot(*true.shape))
    rows, columns = (np.flatnonzero((predicted | true).any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    predicted, true = (np.pad(mask[box], 1) for mask in (predicted, true))
    outlines = boundary(predicted), boundary(true)
    there, back = distances(*outlines), distances(*outlines[::-1])
    return Agreement(
        2 * np.count_nonzero(predicted & true) / sum(sizes),
        f1(distances(predicted, true), distances(true, predicted), tolerance),
        f1(there, back, tolerance),
        max(float(np.percentile(part, percentile)) for part in (there, back)))


def boundary(mask: np.ndarray) -> np.ndarray:
    """The pixels (H, W), bool, of a mask that have one of 4 neighbors outside it or outside the image."""
    return mask & (cv2.erode(mask.astype(np.uint8), CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0) == 0)


def distances(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The Euclidean distance of each True pixel of `points` to the nearest of `others`, both (H, W); (P, )."""
    return cv2.distanceTransform((~others).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[points]


def f1(there: np.ndarray, back: np.ndarray, tolerance: float) -> float:
    """The harmonic mean of the shares of distances that are at most `tolerance`."""
    precision, recall = (float((part <= tolerance + EPS).mean()) for part in (there, back))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.
