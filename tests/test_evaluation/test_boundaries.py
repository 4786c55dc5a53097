# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Agreement of outlines: MONAI's figures, shapes whose values are known, and empty masks."""
import math

import cv2
import numpy as np
import pytest
from scipy.ndimage import binary_erosion, distance_transform_edt

from mmseg_entmin.evaluation.boundaries import agreement, boundary, distances

# MONAI 1.6.1 on `pair(k)`: compute_dice, compute_hausdorff_distance(percentile=95), compute_surface_dice at 2 pixels.
MONAI = [(0.469951, 8.01868, 0.474409), (0.436364, 7.0, 0.582143), (0.487411, 5.38516, 0.680961),
         (0.604768, 5.09902, 0.636364), (0.136364, 2.23607, 0.795455), (0.19209, 2.23607, 0.909605),
         (0.275, 2.23607, 0.90625), (0.123894, 3.16228, 0.831858)]


@pytest.fixture(scope='module')
def pairs():
    """Four pairs of blobs, and four of thin lines."""
    rng = np.random.default_rng(0)
    found = []
    for k in range(8):
        if k < 4:
            noise = [rng.random((40, 50)).astype(np.float32) for _ in range(2)]
        one, other = (cv2.GaussianBlur(part, (0, 0), 3) > 0.5 for part in noise) if k < 4 else lines(rng)
        found.append((one, other))
    return found


def lines(rng):
    for _ in range(2):  # the draws of blobs that are not used
        rng.random((40, 50))
    points = rng.integers(0, 40, (4, 2))
    for corners in (points, points + rng.integers(-3, 4, (4, 2))):
        mask = np.zeros((40, 50), np.uint8)
        cv2.polylines(mask, [corners.astype(np.int32)], False, 1)
        yield mask > 0


def test_dice_distance_and_surface_dice_are_monais(pairs):
    for (one, other), (dice, hausdorff, surface) in zip(pairs, MONAI):
        ours = agreement(one, other)
        assert ours.dice == pytest.approx(dice, abs=1e-6)
        assert ours.hausdorff == pytest.approx(hausdorff, abs=1e-5)
        outlines = boundary(one), boundary(other)
        parts = distances(*outlines), distances(*outlines[::-1])
        near = sum((part <= 2).sum() for part in parts) / sum(map(len, parts))
        assert near == pytest.approx(surface, abs=1e-6)


def test_distances_and_outlines_are_scipys(pairs):
    for one, other in pairs:
        assert (boundary(one) == one & ~binary_erosion(one)).all()
        assert distances(one, other) == pytest.approx(distance_transform_edt(~other)[one], abs=1e-4)


@pytest.mark.parametrize('shift, tolerance, expected', [(2, 2, 1), (3, 2, 0), (0, 0, 1), (1, 0, 0)])
def test_the_tolerance_is_inclusive(shift, tolerance, expected):
    line, moved = np.zeros((2, 12, 12), bool)
    line[:, 4], moved[:, 4 + shift] = True, True
    found = agreement(line, moved, tolerance)
    assert (found.boundary_f1, found.tolerant_f1, found.hausdorff) == (expected, expected, shift)


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    line = np.zeros((8, 8), bool)
    line[0] = True
    both = line.copy()
    both[7, :4] = True  # far away: 8 of 12 pixels are right, all 8 are found
    assert agreement(both, line).boundary_f1 == pytest.approx(2 * (8 / 12) / (8 / 12 + 1))
    assert agreement(both, line).boundary_f1 == agreement(line, both).boundary_f1


def test_empty_masks():
    empty, full = np.zeros((3, 4), bool), np.ones((3, 4), bool)
    assert all(math.isnan(value) for value in agreement(empty, empty))
    assert agreement(empty, full) == agreement(full, empty) == (0, 0, 0, 5)
    assert agreement(full, full) == (1, 1, 1, 0)
