# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from mmseg_entmin.compare import charts
from mmseg_entmin.compare.curve import Curve
from mmseg_entmin.compare.run import Progress
from mmseg_entmin.compare.statistics import difference
from mmseg_entmin.compare.verdict import judge


def rows_of(plan):
    return [dict(run=run.name, method=run.method, seed=run.cell.seed, fold=run.cell.fold, share='1', state='done',
                 mIoU=60. + run.cell.fold + (2 + run.cell.seed) * (run.method == 'entmin')) for run in plan.runs()]


def test_differences_are_described(plan):
    rows = rows_of(plan)
    verdict = judge(plan, Progress({row['run']: row for row in rows}, {}, 6))
    found = charts.intervals(plan, verdict.rows)
    assert 'ours +2.5 mIoU (95 % ' in found.description and found.svg.startswith('<svg')
    assert 'ours +2.0, +2.0, +2.0, +3.0, +3.0, +3.0' in charts.cells(plan, rows).description


def test_nothing_to_draw(plan):
    assert charts.cells(plan, []) is None
    assert charts.intervals(plan, judge(plan, Progress()).rows) is None


def test_the_learning_curve():
    chart = charts.learning(Curve([2, 4, 8], [50., 60., 70.], 12, difference([3.], 3)))
    assert chart.description == '50.0 with 2 masks; 60.0 with 4 masks; 70.0 with 8 masks'
