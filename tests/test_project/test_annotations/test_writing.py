# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labels become regions, by class or by object."""
import numpy as np

from mmseg_entmin.project.annotations.writing import Labels, regions_of, relative

LABELS = np.array([[0, 1, 255, 1], [2, 0, 1, 0]], np.uint8)
NAMES = ['ground', 'a', 'b']


def test_a_class_is_a_region_without_the_background_and_the_ignored():
    assert [(name, shown.astype(int).tolist()) for name, shown in regions_of(LABELS, NAMES)] == [
        ('a', [[0, 1, 0, 1], [0, 0, 1, 0]]), ('b', [[0, 0, 0, 0], [1, 0, 0, 0]])]
    assert [name for name, _ in regions_of(LABELS, NAMES, first=0)] == NAMES


def test_connected_pieces_are_objects():
    found = regions_of(LABELS, NAMES, objects=True)
    assert [(name, shown.sum()) for name, shown in found] == [('a', 3), ('b', 1)]  # neighbors at a corner count
    found = regions_of(np.array([[1, 0, 1]], np.uint8), NAMES, objects=True)
    assert [shown.tolist() for _, shown in found] == [[[True, False, False]], [[False, False, True]]]


def test_colors_and_paths_are_written_as_tools_read_them(tmp_path):
    assert Labels(['a'], [(255, 8, 0)]).hex() == dict(a='#ff0800')
    assert relative(tmp_path / 'images/a.png', tmp_path / 'out') == '../images/a.png'
