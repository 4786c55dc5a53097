# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import pytest

from mmseg_entmin.compare.budget import MARGIN, choose, measure, parse_time, seconds_of
from mmseg_entmin.compare.configs import config_path
from mmseg_entmin.compare.run import Budget
from tests.fake_runs import train

COSTS = {method: dict(step=0.1, rest=10.) for method in ('double', 'entmin', 'entmin_plus')}  # 330 s a cell


@pytest.mark.parametrize(('text', 'seconds'), [
    ('2h', 7200), ('45m', 2700), ('1h30m', 5400), ('90', 5400), ('1.5 h', 5400)])
def test_times(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize('text', ['', 'two hours', '2x', '0h', '-1h'])
def test_what_is_no_time(text):
    with pytest.raises(ValueError, match='write a time like 2h'):
        parse_time(text)


def plan_of(minutes, slots=1, **options):
    return choose(COSTS, Budget(60. * minutes), slots, 1000, 20, 'double', **options)


def test_more_time_gives_more_runs():
    sizes = [plan_of(minutes) for minutes in (40, 60, 240)]
    runs = [choice.folds * choice.seeds for choice in sizes]
    assert runs == sorted(runs) and runs[0] >= 5 and runs[0] < runs[-1]
    assert all(choice.seconds <= MARGIN * 60 * minutes for choice, minutes in zip(sizes, (40, 60, 240)))
    assert all(choice.iters == 1000 for choice in sizes)
    assert plan_of(60, slots=4).folds * plan_of(60, slots=4).seeds > runs[1]


def test_short_budgets_shorten_the_training_first_and_then_end():
    assert plan_of(15).iters < 1000
    with pytest.raises(ValueError, match='5 minutes are too short; the smallest plan takes .* minutes'):
        plan_of(5)


def test_five_short_trainings_are_better_than_three_long_ones():
    choice = plan_of(25)
    assert choice.folds * choice.seeds >= 5 and choice.iters == 500
    assert plan_of(8).folds * plan_of(8).seeds in (3, 4)


def test_what_is_given_is_kept():
    choice = plan_of(240, folds=4, seeds=2, fixed_iters=500, curve=False)
    assert choice[:4] == (4, 2, 500, False)
    assert choice.seconds == seconds_of(COSTS, 'double', 8, 500, 1, False)
    assert plan_of(60, curve=True).curve and plan_of(1000).folds <= 10


def test_costs_are_measured(project, plan, tmp_path, forked):
    costs = measure(project, plan, tmp_path, train, [None], False)
    assert costs == dict.fromkeys(plan.methods, dict(step=0.01, rest=0.8))


def test_a_method_that_cannot_be_trained(project, plan, tmp_path, forked, monkeypatch):
    def write(project, plan, folder, workers):
        for run in plan.runs():
            config_path(run, folder).parent.mkdir(parents=True, exist_ok=True)
            config_path(run, folder).write_text('broken')
    monkeypatch.setattr('mmseg_entmin.compare.budget.write_configs', write)
    with pytest.raises(ValueError, match='double cannot be trained: no such backbone'):
        measure(project, plan, tmp_path, train, [None], False)
