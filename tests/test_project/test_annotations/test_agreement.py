# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Of several annotators, the majority."""
import numpy as np

from mmseg_entmin.project.annotations.agreement import agreed, majority
from mmseg_entmin.project.annotations.export import Annotated, Region


def test_more_than_half_decide():
    votes = [np.array([row], np.uint8) for row in ([0, 1, 1, 255, 0], [0, 1, 2, 255, 1], [0, 2, 0, 0, 1])]
    assert majority(votes).tolist() == [[0, 1, 255, 255, 1]]
    assert majority(votes[:2]).tolist() == [[0, 1, 255, 255, 255]]


def test_the_result_has_a_region_for_each_class_and_one_that_is_ignored():
    people = [Annotated((3, 1), lambda name=name, shown=shown: iter([Region(name, np.array([shown], bool))]))
              for name, shown in (('a', [0, 1, 1]), ('a', [0, 0, 1]))]
    result = agreed(people, ['a', 'b'])
    assert result.disputed == 1 / 3
    assert [(name, shown.tolist()) for name, shown in result.regions()] == [
        ('a', [[False, False, True]]), (None, [[False, True, False]])]
