# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import numpy as np
import pytest
from scipy import stats

from mmseg_entmin.compare.statistics import difference, expected_width


def test_one_image_a_fold_by_hand():
    found = difference([1., 2., 3.], folds=3)
    reach = 4.302653 * np.sqrt(1 / 3 + 1 / 2)  # t(2) at 97.5 %, standard deviation 1
    assert (found.mean, found.low, found.high) == pytest.approx((2., 2 - reach, 2 + reach), rel=1e-5)
    assert found.p == pytest.approx(2 * stats.t(2).sf(2 / np.sqrt(5 / 6)))
    assert not found.found and found.p > 0.05


def test_more_comparisons_widen_and_p_agrees_with_the_interval():
    values = np.array([3., 3.4, 2.7, 3.1, 3.6])
    one, five = difference(values, 5), difference(values, 5, 5)
    assert five.low < one.low and five.p == pytest.approx(5 * one.p)
    for shift in np.linspace(-4, 4, 33):
        found = difference(values - 3 + shift, 5, 4)
        assert found.found == (found.p < 0.05)


def test_too_few_runs_say_nothing():
    assert difference([], 3).pairs == 0
    found = difference([1.], 3)
    assert (found.low, found.high, found.p, found.found) == (-np.inf, np.inf, 1., False)


def test_equal_runs():
    assert difference([0., 0., 0.], 3).p == 1.
    assert not difference([0., 0., 0.], 3).found
    assert difference([1., 1., 1.], 3).found


def test_a_difference_that_is_called_detectable_is_found_four_times_in_five():
    rng = np.random.default_rng(0)
    error = np.sqrt(1 / 6 + 1 / 2)  # runs as correlated as the test assumes
    shared = rng.normal(0, np.sqrt(1 / 3), (2000, 1))
    noise = shared + rng.normal(0, np.sqrt(2 / 3), (2000, 6))
    deviation = np.sqrt(2 / 3)
    true = (stats.t(5).ppf(0.975) + stats.t(5).ppf(0.8)) * error * deviation
    assert np.mean([difference(true + row, 3).found for row in noise]) == pytest.approx(0.8, abs=0.1)
    typical = np.median([difference(row, 3).detectable for row in noise])
    assert typical == pytest.approx(true, rel=0.15)


@pytest.mark.parametrize(('folds', 'seeds'), [(2, 1), (3, 2), (5, 1), (5, 3), (10, 1)])
def test_coverage_over_folds_that_share_images(folds, seeds):
    """Masks have effects on training and on evaluation; the truth is a training on all of them, judged on others."""
    rng = np.random.default_rng(folds + seeds)
    covered, plain, images, repetitions = 0, 0, 30, 400
    reach = stats.t(folds * seeds - 1).ppf(0.975)
    for _ in range(repetitions):
        train, test = rng.normal(0, 1, (2, images)) * np.sqrt(images)
        values = []
        for _ in range(seeds):
            order = rng.permutation(images)
            for fold in range(folds):
                held = order[fold::folds]
                values.append(np.delete(train, held).mean() + test[held].mean() + rng.normal())
        found = difference(values, folds)
        covered += found.low <= train.mean() <= found.high
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        plain += abs(np.mean(values) - train.mean()) <= reach * error
    assert covered >= 0.94 * repetitions
    if seeds > 1:
        assert plain < 0.92 * repetitions  # a plain t interval does not hold


def test_more_runs_promise_a_narrower_interval():
    widths = [expected_width(*plan) for plan in ((2, 1), (3, 1), (3, 2), (5, 2), (10, 2))]
    assert widths == sorted(widths, reverse=True)
    assert expected_width(3, 2, 5) > expected_width(3, 2)
