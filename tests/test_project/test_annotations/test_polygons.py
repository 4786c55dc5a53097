# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Outlines become pixels by one rule, and none is lost or invented in silence."""
import numpy as np
import pytest

from mmseg_entmin.project.annotations.polygons import box, ellipse, fill, fill_but, flat, stroke

SIZE = (10, 8)


@pytest.mark.parametrize('polygons, pixels', [
    ([box(1, 1, 4, 4)], 9), ([box(0, 0, 10, 8)], 80), ([box(-3, -3, 4, 4)], 16), ([box(-9, -9, 90, 90)], 80),
    ([box(-9, 1, -4, 4)], 0), ([box(20, 1, 30, 4)], 0), ([[1, 1, 5, 5, 3, 3]], 0), ([[1, 1, 5, 5]], 0), ([], 0),
    ([box(1, 1, 4, 4), box(3, 3, 6, 6)], 17), ([[0, 0, 9, 0, 9, 8, 0, 8, 0, 0, *box(3, 3, 6, 6), 3, 3]], 63)])
def test_areas(polygons, pixels):
    shown = fill(polygons, SIZE)
    assert shown.shape == (8, 10) and shown.dtype == bool and shown.sum() == pixels


@pytest.mark.parametrize('polygon', [[1, 1, float('nan'), 1, 4, 4], [1, 1, 1e12, 1, 4, 4], [1, 1, 4, 1, 4, 4, 1]])
def test_what_would_take_all_memory_is_refused(polygon):
    with pytest.raises(ValueError, match='far outside the image of 10 x 8 pixels, or a coordinate without'):
        fill([polygon], SIZE)


def test_holes_circles_and_lines():
    assert fill_but(box(0, 0, 8, 8), [box(2, 2, 4, 4), box(6, 6, 9, 9)], SIZE).sum() == 64 - 4 - 4
    shown = fill([ellipse(50, 40, 20, 10)], (100, 80))
    assert abs(shown.sum() - np.pi * 200) < 10 and shown[40, 31] and not shown[28, 50]
    turned = fill([ellipse(50, 40, 20, 10, np.pi / 2)], (100, 80))
    assert turned[22, 50] and not turned[40, 32]
    assert stroke([(0, 4), (9, 4)], SIZE, 2).sum() == 20 and stroke([(0, 4), (9, 4)], SIZE).dtype == bool
    assert flat([(1, 2), (3, 4)]) == [1, 2, 3, 4]
