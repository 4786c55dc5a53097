# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Weighted farthest points by hand."""
import numpy as np
import pytest

from mmseg_entmin.apis.selection import farthest_points

LINE = np.array([[0.], [1.], [4.], [10.]])


def indices(*args, **options):
    return [choice.index for choice in farthest_points(*args, **options)]


def test_takes_the_largest_score_then_score_times_distance():
    scores = np.array([1., 2., 3., 1.])
    # from 4: 0 has 1 x 4, 1 has 2 x 3, 10 has 1 x 6; the tie goes to the larger score; then 0 has 1, 10 has 6
    assert [tuple(c) for c in farthest_points(LINE, scores, 4)] == [(2, np.inf), (1, 3.), (3, 6.), (0, 1.)]
    assert indices(LINE, np.ones(4), 3) == [0, 3, 2]  # equal scores: plain k-center


def test_copies_come_last_and_by_score():
    features = np.array([[5.], [5.], [5.], [6.]])
    assert indices(features, np.array([1., 3., 2., 0.1]), 4) == [1, 3, 2, 0]


def test_labeled_images_are_kept_at_a_distance_from():
    assert indices(LINE, np.ones(4), 3, centers=[3]) == [0, 2, 1]
    assert indices(LINE, np.array([1., 1., 1., 9.]), 1, centers=[0, 2]) == [3]


def test_refuses_what_cannot_be_chosen():
    with pytest.raises(ValueError, match='count=4, must be in 1..3'):
        farthest_points(LINE, np.ones(4), 4, centers=[1])
    with pytest.raises(ValueError, match='finite'):
        farthest_points(LINE, np.array([1., np.nan, 1., 1.]), 1)


def test_scores_may_be_zero_but_neither_negative_nor_infinite():
    assert indices(LINE, np.zeros(4), 2) == [0, 1]
    for bad in (-1., np.inf):
        with pytest.raises(ValueError, match='finite and not negative'):
            farthest_points(LINE, np.array([1., bad, 1., 1.]), 1)
