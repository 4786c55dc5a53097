# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the outcome map, by hand, and of maps kept as text."""
import numpy as np
import pytest

from benchmarks.results.stored_maps import decode, encode, shrink
from mmseg_entmin.visualization.outcomes import BROKEN, FIXED, OUTCOMES, outcome_map, share


def test_outcome_map():
    truth = np.array([[0, 1, 2, 1, 255]], np.uint8)
    baseline = np.array([[0, 0, 2, 0, 0]], np.uint8)
    prediction = np.array([[0, 1, 1, 2, 0]], np.uint8)
    outcome = outcome_map(prediction, baseline, truth)
    assert outcome.dtype == np.uint8 and outcome.tolist() == [[0, 1, 2, 3, 255]]
    assert list(OUTCOMES) == ['both right', 'fixed', 'broken', 'both wrong']
    assert share(outcome, FIXED) == share(outcome, BROKEN) == 25
    assert share(np.full((1, 1), 255), FIXED) == 0


def test_a_map_comes_back_from_its_text():
    values = np.random.default_rng(0).integers(0, 256, (5, 7), np.uint8)
    assert encode(values).isascii() and np.array_equal(decode(encode(values)), values)


def test_shrink():
    labels = np.repeat(np.array([[0, 7, 255]], np.uint8), 2, axis=0).repeat(3, axis=1)
    assert shrink(labels, 9) is labels
    assert shrink(labels, 3).tolist() == [[0, 7, 255]], 'no label in between'
    assert shrink(np.array([[1, 3], [5, 7]], np.float32), 1) == pytest.approx(4)
