# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from dataclasses import replace

import numpy as np
import pytest

from mmseg_entmin.compare.curve import learning_curve


def rows_of(plan, gain=3., spread=0.1):
    rng = np.random.default_rng(0)
    places = {'1/4': -2 * gain, '1/2': -gain, '1': 0.}
    return [dict(run=run.name, method=run.method, seed=run.cell.seed, fold=run.cell.fold, share=run.share, state='done',
                 mIoU=70 + places[run.share] + spread * rng.normal()) for run in plan.runs()]


def test_the_last_doubling_is_carried_on(plan):
    plan = replace(plan, curve=True)
    curve = learning_curve(plan, rows_of(plan))
    assert curve.masks == [2, 4, 8] and curve.means == pytest.approx([64, 67, 70], abs=0.2)
    assert curve.more == 12 and curve.gain.mean == pytest.approx(3, abs=0.2)
    assert curve.gain.low < 3 < curve.gain.high
    assert curve.sentence().startswith('12 more masks: about +3.0 mIoU (95 % ')
    half = learning_curve(plan, rows_of(plan), more=6)
    assert half.gain.mean == pytest.approx(curve.gain.mean * np.log2(1.5))


def test_too_few_runs(plan):
    plan = replace(plan, curve=True)
    assert learning_curve(plan, [row for row in rows_of(plan) if row['fold'] == row['seed'] == 0]) is None
