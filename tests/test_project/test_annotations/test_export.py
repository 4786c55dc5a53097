# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Regions become labels in a stated order, and pixels that two classes claim are counted."""
import numpy as np

from mmseg_entmin.project.annotations.export import IGNORED, Annotated, Region, draw


def region(name, rows, columns):
    shown = np.zeros((4, 6), bool)
    shown[slice(*rows), slice(*columns)] = True
    return Region(name, shown)


def test_the_last_region_counts_and_claims_are_counted():
    regions = [region('b', (0, 2), (0, 3)), region('a', (1, 3), (2, 5)), region('a', (1, 3), (4, 6)),
               region(None, (3, 4), (0, 6))]
    drawing = draw(Annotated((6, 4), lambda: iter(regions)), ['background', 'a', 'b'])
    assert drawing.labels.dtype == np.uint8 and drawing.labels.tolist() == [
        [2, 2, 2, 0, 0, 0], [2, 2, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1], [IGNORED] * 6]
    assert drawing.claimed == 1  # the overlap of two regions of one class is no conflict
