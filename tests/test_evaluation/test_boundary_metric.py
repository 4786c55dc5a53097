# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Dice, F1 within a tolerance and HD95 of each class, over images."""
import numpy as np
import pytest
import torch

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import METRICS


def evaluate(pairs, **options):
    """The results for (prediction, truth) pairs of label rows."""
    metric = METRICS.build(dict(type='BoundaryMetric', **options))
    metric.dataset_meta = dict(classes=('road', 'crack', 'hole'))
    for rows in pairs:
        prediction, truth = (torch.tensor(row)[None, None] for row in rows)
        metric.process({}, [dict(pred_sem_seg=dict(data=prediction), gt_sem_seg=dict(data=truth))])
    return metric.evaluate(len(pairs))


def test_right_predictions():
    row = [0, 0, 1, 0]
    found = evaluate([(row, row)])
    assert found['ImageDice.crack'] == found['TolerantF1.crack'] == found['mBoundaryF1'] == 100
    assert found['HD95.crack'] == found['mHD95'] == 0
    assert np.isnan(found['BoundaryF1.hole'])  # in no image


def test_the_log_has_a_table_of_the_classes(monkeypatch):
    said = []
    monkeypatch.setattr('mmseg_entmin.evaluation.boundary_metric.print_log', lambda text, **_: said.append(text))
    evaluate([([0, 1], [0, 1])], tolerance=3)
    assert 'within 3 pixels' in said[0] and '| crack |    100.00 |' in said[0] and 'HD95' in said[0]


def test_each_image_has_the_same_weight():
    found = evaluate([([0, 0, 0, 1], [0, 0, 0, 1]), ([0, 0, 0, 0], [1, 1, 1, 1]), ([0, 0, 0, 0], [0, 0, 0, 0])])
    assert found['ImageDice.crack'] == 50  # of the two images that show it
    assert found['HD95.crack'] == pytest.approx(np.hypot(1, 4) / 2, abs=0.01)


def test_ignored_pixels_belong_to_no_class():
    found = evaluate([([1, 1, 0, 1, 1], [255, 255, 0, 1, 1])], tolerance=0)
    assert found['ImageDice.crack'] == found['BoundaryF1.crack'] == 100 and found['HD95.crack'] == 0


def test_options():
    pair = ([1, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0])
    assert [evaluate([pair], tolerance=tolerance)['TolerantF1.crack'] for tolerance in (1, 2)] == [0, 100]
    assert 'HD100.crack' in evaluate([pair], percentile=100)
    for wrong in (dict(tolerance=-1), dict(percentile=101)):
        with pytest.raises(OptionError, match='BoundaryMetric'):
            evaluate([pair], **wrong)
