# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is said of results that are known."""
import csv
from dataclasses import replace

import numpy as np
import pytest

from mmseg_entmin.compare.run import Progress
from mmseg_entmin.compare.table import FILE, text_table, write_table
from mmseg_entmin.compare.verdict import judge


@pytest.fixture
def progress(plan):
    """A function: results of all runs, with this mean gain of each method over the baseline."""
    def make(spread=0.5, **gains):
        rng = np.random.default_rng(0)
        rows = {}
        for run in plan.runs():
            value = 60 + 5 * run.cell.fold + gains.get(run.method, 0.) + spread * rng.normal()
            rows[run.name] = dict(
                run=run.name, method=run.method, seed=run.cell.seed, fold=run.cell.fold, share='1', state='done',
                mIoU=value, **{'IoU.square': value - 1}, seconds_per_step=0.1 if run.method == 'double' else 0.2,
                memory_mib=100)
        return Progress(rows, {}, len(plan.cells))
    return make


def test_a_winner(plan, progress):
    verdict = judge(plan, progress(entmin=8., entmin_plus=4., supervised=-3.))
    assert verdict.best == verdict.winner == 'entmin'
    assert verdict.sentence.startswith('Unlabeled images: +8.')
    assert ' over supervised training of the same cost, 3 folds x 2 seeds; best: ours' in verdict.sentence
    assert 'not told apart' not in verdict.sentence
    row = next(row for row in verdict.rows if row.method == 'entmin')
    assert row.difference.low < 8 < row.difference.high and row.classes['square'].mean == pytest.approx(8, abs=1)


def test_two_that_cannot_be_told_apart(plan, progress):
    verdict = judge(plan, progress(entmin=8., entmin_plus=7.9))
    other = {'entmin': 'ours + consistency', 'entmin_plus': 'ours'}[verdict.best]
    assert f', not told apart from {other}.' in verdict.sentence


def test_no_difference(plan, progress):
    verdict = judge(plan, progress(spread=3.))
    assert verdict.best is None and verdict.winner == 'supervised'
    assert verdict.sentence.startswith('Unlabeled images: no gain over supervised training of the same cost was found')
    assert 'a true gain above ' in verdict.sentence and 'Highest: ' in verdict.sentence


def test_runs_that_say_nothing(plan, progress):
    assert 'too few, or too different, to find one. Highest: ' in judge(plan, progress(spread=60.)).sentence


def test_plain_supervised_training_that_is_worse_does_not_win(plan, progress):
    verdict = judge(plan, progress(supervised=-9.))
    assert verdict.winner == 'double'


def test_supervised_training_that_is_better(plan, progress):
    verdict = judge(plan, progress(supervised=9.))
    assert verdict.winner == 'supervised' and 'no gain' in verdict.sentence
    assert '. Supervised is better: +9' in verdict.sentence


def test_a_control_that_gains_is_no_gain_by_unlabeled_images(plan, progress):
    verdict = judge(plan, progress(control=9., entmin=1., entmin_plus=-1.))
    assert verdict.winner == 'control' and verdict.sentence.startswith('Unlabeled images: no gain over')
    assert 'Highest: ours, +' in verdict.sentence and '. Control is better: +' in verdict.sentence
    alone = replace(plan, methods=['double', 'control'])
    assert judge(alone, progress(control=9.)).sentence.endswith('best: control.')


def test_classes_that_are_left_out(plan, progress):
    found = progress()
    assert judge(plan, found).left_out == ''
    for name in ('entmin_seed0_fold1', 'entmin_seed1_fold2', 'control_seed0_fold0'):
        found.rows[name]['IoU.square'] = 0.9
    assert judge(plan, found).left_out == (
        'Hardly predicted (IoU below 1): square in 1 of 6 runs of control, 2 of 6 runs of ours.')


def test_losers_failures_and_the_end_of_the_budget(plan, progress):
    found = progress(control=-9.)
    found.cells = 5
    name = plan.runs()[3].name
    found.rows[name] = dict(run=name, method='entmin', seed=0, fold=0, share='1', state='failed', reason='no memory')
    verdict = judge(plan, found)
    assert 'Found to be worse: control.' in verdict.sentence
    assert f' 1 run failed: {name}.' in verdict.sentence
    assert '5 of the 6 pairs of fold and seed (3 folds x 2 seeds), where the budget ended' in verdict.sentence
    row = next(row for row in verdict.rows if row.method == 'entmin')
    assert (row.runs, row.failed, row.difference.pairs) == (5, 1, 5)
    assert '5, 1 failed' in text_table(verdict)


def test_nothing_that_could_be_compared(plan, progress):
    found = progress()
    found.rows = {name: row for name, row in found.rows.items() if row['method'] in ('double', 'supervised')}
    assert judge(plan, found).sentence == 'No run with unlabeled images ended well (3 folds x 2 seeds).'
    found.rows = {}
    assert judge(plan, found).winner == 'supervised'


def test_the_table(plan, progress, tmp_path):
    verdict = judge(plan, progress(entmin=8.))
    text = text_table(verdict)
    assert 'x 2.00' in text and 'supervised, twice the images a step' in text
    write_table(verdict, tmp_path)
    with open(tmp_path / FILE, newline='') as file:
        rows = {row['method']: row for row in csv.DictReader(file)}
    assert list(rows) == plan.methods and rows['double']['difference'] == ''
    found = next(row for row in verdict.rows if row.method == 'entmin')
    assert float(rows['entmin']['low']) == found.difference.low
    assert float(rows['entmin']['difference of square']) == found.classes['square'].mean
    assert not any('second' in key for key in rows['entmin'])
