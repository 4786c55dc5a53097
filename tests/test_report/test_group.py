# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs that differ in their seeds alone are one group."""
from pathlib import Path

import pytest

from mmseg_entmin.report.group import difference, group_runs, spread
from mmseg_entmin.report.work_dir import read_run


def test_groups(make_work_dir):
    runs = [read_run(make_work_dir(name, kind, seed, miou=miou)) for name, kind, seed, miou in (
        ('base', None, 0, 60.), ('semi_seed1', 'EntMin', 1, 72.), ('semi_seed0', 'EntMin', 0, 70.))]
    base, semi = group_runs(runs)
    assert [run.name for run in semi.runs] == ['semi_seed0', 'semi_seed1'] and semi.shown.seed == 0
    assert (base.name, semi.name) == ('base', 'semi') and (base.place, semi.place) == (0, 1)
    assert semi.metrics()['mIoU'] == [70, 72] and 'time' not in semi.metrics()
    assert semi.class_metrics()['IoU']['square'] == [60, 62]
    assert semi.settings['model.type'] == 'EntMin' and 'randomness.seed' not in semi.settings
    assert not any(key.startswith('work_dir') for key in semi.settings)


def test_a_copy_of_the_data_elsewhere_is_the_same_experiment(make_work_dir):
    runs = [read_run(make_work_dir(name, data_root=root)) for name, root in (('a', '/x'), ('b', '/y'))]
    assert len(group_runs(runs)) == 1


def test_names_that_are_the_same(make_work_dir):
    runs = [read_run(make_work_dir(name, kind)) for name, kind in (('a/run', None), ('b/run', 'EntMin'))]
    assert [group.name for group in group_runs(runs)] == [str(Path('a/run')), str(Path('b/run'))]


@pytest.mark.parametrize('values, text', [([], '–'), ([1.234], '1.23'), ([1., 3.], '2.00 ± 1.41')])
def test_spread(values, text):
    assert spread(values) == text


def test_difference():
    assert difference([2., 4.], [1.]) == '+2.00' and difference([1.], [1.5]) == '-0.50'
    assert difference([], [1.]) is None and difference([1.], []) is None


def test_the_metrics_are_those_of_the_last_validation(make_work_dir):
    run = read_run(make_work_dir('a', miou=70.))
    run.val[0]['mIoU'] = 50.
    assert group_runs([run])[0].metrics()['mIoU'] == [70.]
