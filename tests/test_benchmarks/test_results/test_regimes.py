# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The table of regimes: paired intervals, p corrected for what was tried, and the share of the gap."""
import pytest
from scipy.stats import ttest_1samp

from benchmarks.results.regime_list import REGIMES
from benchmarks.results.regimes import Regime, corrected, interval, regimes_table
from benchmarks.results.run_configs import exists

GAINS = [1., 2., 3., 2., 1., 3.]
NOISE = [1., -1., 2., -2., 1., -1.]
STEM = 'unet_wbc_1-10'
REGIME = Regime(
    'few', 'draws', (f'supervised/{STEM}_augmented', 'plain'), (f'supervised/{STEM}_augmented_double', 'x2'),
    [(f'entmin/{STEM}', 'ours')], ('supervised/unet_wbc_all_augmented', 'all'))


def runs(*miou):
    return {seed: dict(metrics=dict(mIoU=value)) for seed, value in enumerate(miou)}


def results(tried=0):
    base = [70., 71., 72., 73., 74., 75.]
    found = {(f'supervised/{STEM}_augmented', 'draws'): runs(*base),
             (f'supervised/{STEM}_augmented_double', 'draws'): runs(*base),
             (f'entmin/{STEM}', 'draws'): runs(*(value + gain for value, gain in zip(base, GAINS))),
             ('supervised/unet_wbc_all_augmented', 'draws'): runs(*(value + 4 for value in base))}
    for number in range(tried):
        found[f'entmin/ablation/{STEM}_{number}', 'draws'] = runs(*(a + b for a, b in zip(base, NOISE)))
    return found


def test_an_interval_is_that_of_the_t_distribution_and_wider_for_more_tries():
    low, high = ttest_1samp(GAINS, 0).confidence_interval(0.95)
    assert interval(GAINS) == f'+2.00 ({low:+.2f} to {high:+.2f})'
    low, high = ttest_1samp(GAINS, 0).confidence_interval(0.99)
    assert interval(GAINS, 5) == f'+2.00 ({low:+.2f} to {high:+.2f})'
    assert interval([1.]) == ''


def test_p_is_corrected_by_holms_method():
    first, second = (float(ttest_1samp(gains, 0).pvalue) for gains in (GAINS, NOISE))
    assert corrected(GAINS, [GAINS, NOISE]) == pytest.approx(2 * first)
    assert corrected(NOISE, [GAINS, NOISE]) == pytest.approx(max(2 * first, second))
    assert corrected(GAINS, [GAINS, NOISE, [5., 6.]]) == pytest.approx(3 * first), 'two pairs are no evidence'
    assert corrected(NOISE, [NOISE] * 9) == 1.


def test_a_row_has_its_interval_p_share_of_the_gap_and_cost():
    lines = regimes_table([REGIME], results(), {f'entmin/{STEM}': 1.86})
    assert lines[0].startswith('| regime | method | mIoU | over the same cost | p |')
    assert lines[2] == '| **few** | plain | 72.50 ± 1.87 | +0.00 (+0.00 to +0.00) |  | 0 % |  | 6 |'
    assert lines[3] == '|  | x2 | 72.50 ± 1.87 |  |  |  |  | 6 |'
    assert lines[4] == f'|  | ours | 74.50 ± 2.35 | **{interval(GAINS)}** | 0.003 | 50 % | × 1.86 | 6 |'
    assert lines[5].startswith('|  | all | 76.50 ± 1.87 | +4.00 (')


def test_every_variant_that_was_tried_counts():
    one, many = (regimes_table([REGIME], results(tried), {})[4] for tried in (0, 19))
    assert '**' in one and '**' not in many and interval(GAINS, 20) in many


def test_without_the_same_cost_the_plain_baseline_is_compared():
    found = {key: value for key, value in results().items() if not key[0].endswith('double')}
    assert interval(GAINS) in regimes_table([REGIME], found, {})[3]
    assert regimes_table([REGIME], {}, {}) == ['(not run yet)']


def test_every_row_has_a_config():
    assert all(exists(run) for regime in REGIMES for run, _ in regime.rows)
