# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import numpy as np
import pytest

from benchmarks.compare import simulation


def test_new_folds_for_every_seed_hold_and_plain_intervals_do_not(monkeypatch):
    monkeypatch.setattr(simulation, 'REPETITIONS', 150)
    corrected, same, plain = simulation.coverage(3, 3, simulation.MODELS['evaluation'])
    assert corrected > 0.92 > plain and same < corrected


def test_the_truth_is_that_of_all_masks():
    rng = np.random.default_rng(0)
    truth, values = simulation.draw(5, 1, (1., 0., 0.), False, rng)
    assert np.mean(values) == pytest.approx(truth) and len(values) == 5
