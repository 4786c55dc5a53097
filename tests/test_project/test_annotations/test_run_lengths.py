# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks and the lengths of their runs."""
import numpy as np
import pytest

from mmseg_entmin.project.annotations.run_lengths import counts_of, from_counts


@pytest.mark.parametrize('rows, counts', [
    ([[0, 0, 1], [1, 0, 0]], [2, 2, 2]), ([[1, 1]], [0, 2]), ([[0, 0]], [2]), ([[1, 0]], [0, 1, 1])])
def test_runs_begin_with_hidden_pixels_and_go_row_by_row(rows, counts):
    shown = np.array(rows, bool)
    assert counts_of(shown) == counts
    assert (from_counts(counts, *shown.shape) == shown).all()


@pytest.mark.parametrize('counts', [[2, 3], [2, -1, 3], []])
def test_runs_of_another_mask_are_refused(counts):
    with pytest.raises(ValueError, match='run lengths of'):
        from_counts(counts, 2, 2)
