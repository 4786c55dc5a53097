# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the tables compute over seeds, against figures worked out by hand."""
import pytest

from benchmarks.results import seeds
from benchmarks.results.records import append


def runs(*miou, first=0):
    return {first + seed: dict(metrics=dict(mIoU=value)) for seed, value in enumerate(miou)}


BASELINE = runs(70., 71., 72.)


def test_a_gain_is_paired_by_seed_and_bold_where_p_is_under_5_percent():
    assert seeds.gain(runs(72., 74., 74.), BASELINE) == '**+2.33 ± 0.33**'  # p 0.020
    assert seeds.gain(runs(71., 73., 75.), BASELINE) == '+2.00 ± 0.58'  # p 0.074, of three seeds
    assert seeds.gain(runs(68., 68., 70.), BASELINE) == '**-2.33 ± 0.33**'  # a loss as well
    assert seeds.gain(runs(75., 76.001), BASELINE) == '+5.00 ± 0.00'  # two seeds are no evidence


def test_only_seeds_that_both_have_count():
    assert seeds.differences(runs(75., 75., first=1), BASELINE) == [4., 3.]
    assert seeds.gain(runs(75., first=2), BASELINE) == ''  # one seed has no error


def test_p_is_of_the_paired_t_test():
    # differences 1, 2, 3: t = 2 / (1 / sqrt 3) = 3.4641 with 2 degrees of freedom
    assert seeds.p_value(runs(71., 73., 75.), BASELINE) == '0.074'
    assert seeds.p_value(runs(71., 73.), BASELINE) == ''
    assert seeds.p_value(BASELINE, BASELINE) == ''


@pytest.mark.parametrize('miou, share', [(75., '43 %'), (81., '100 %'), (70., '-5 %')])
def test_share_of_the_gap_on_the_seeds_of_both(miou, share):
    # of seeds 0 and 1 alone, whose baseline is 70.5 on average, 72 of seed 2 left out
    assert seeds.gap_closed(runs(miou, miou), BASELINE, runs(81., 81.)) == share


def test_one_seed_closes_no_gap():
    assert seeds.gap_closed(runs(81.), BASELINE, runs(81., 81.)) == ''
    assert seeds.gap_closed(runs(81., 81.), BASELINE, runs(81.)) == ''


def test_the_splits_are_kept_apart_and_the_seeds_are_in_order(tmp_path):
    run = 'supervised/unet_wbc_all'
    for split, seed in (('test', 1), ('validation', 0), ('test', 0)):
        append(dict(config=run, split=split, seed=seed, metrics=dict(mIoU=1.), versions={}), tmp_path)
    found = seeds.load(tmp_path)
    assert {key: [*runs] for key, runs in found.items()} == {(run, 'test'): [0, 1], (run, 'validation'): [0]}


def test_p_is_small_only_where_it_is():
    # differences 10, 11, 12: t = 11 / (1 / sqrt 3) = 19.05
    assert seeds.p_value(runs(80., 82., 84.), BASELINE) == '0.003'
    assert seeds.p_value(runs(170., 171.1, 172.2), BASELINE) == '< 0.001'


def test_the_gap_is_between_means():
    assert seeds.gap_closed(runs(71., 71., 81.), BASELINE, runs(81., 81., 81.)) == '33 %'


def test_all_labels_close_no_gap_to_themselves():
    ceiling = runs(81., 81.)
    assert seeds.gap_closed(ceiling, BASELINE, ceiling) == ''
