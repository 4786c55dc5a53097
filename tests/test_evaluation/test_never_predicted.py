# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A class that is never predicted is named once, and again when that changes."""
import logging

import pytest
import torch
from mmengine.logging import MMLogger

from mmseg_entmin.evaluation import ClassIoUMetric
from mmseg_entmin.evaluation.never_predicted import last_noted

ROAD, CRACK, HOLE = (torch.tensor(rows) for rows in ([[0, 0, 0, 0]], [[0, 0, 0, 1]], [[0, 2, 2, 1]]))


@pytest.fixture
def log(caplog):
    caplog.handler.setFormatter(logging.Formatter('2026/01/01 - mmengine - %(levelname)s - %(message)s'))
    logger = MMLogger.get_instance('never_predicted', logger_name='never_predicted')
    logger.addHandler(caplog.handler)
    yield lambda: [record.message for record in caplog.records if 'never pred' in record.message
                   or 'predicted now' in record.message]
    logger.removeHandler(caplog.handler)


def validate(metric, prediction, truth):
    metric.process({}, [dict(pred_sem_seg=dict(data=prediction[None]), gt_sem_seg=dict(data=truth[None]))])
    metric.evaluate(1)


def test_one_line_after_the_first_validation_that_shows_it(log, caplog):
    metric = ClassIoUMetric(nan_to_num=0)
    metric.dataset_meta = dict(classes=('road', 'crack', 'large hole'))
    validate(metric, ROAD, CRACK)
    assert len(log()) == 1 and log()[0].startswith('crack is never predicted (share of the masks: crack 25 %): ')
    validate(metric, ROAD, CRACK)
    assert len(log()) == 1
    validate(metric, ROAD, HOLE)
    assert log()[1].startswith('crack, large hole are never predicted (share of the masks: crack 25 %, large ho')
    assert last_noted(caplog.text) == 'crack, large hole are never predicted'
    validate(metric, HOLE, HOLE)
    assert log()[2:] == ['every class of the masks is predicted now'] and last_noted(caplog.text) == ''


def test_nothing_is_said_of_classes_that_no_mask_shows(log, caplog):
    metric = ClassIoUMetric(nan_to_num=0)
    metric.dataset_meta = dict(classes=('road', 'crack', 'hole'))
    validate(metric, CRACK, ROAD)
    assert log() == [] and last_noted(caplog.text) == ''


def test_a_class_that_is_hardly_predicted_is_named_too(log, caplog):
    metric = ClassIoUMetric(nan_to_num=0)
    metric.dataset_meta = dict(classes=('road', 'crack', 'hole'))
    truth = torch.tensor([[0] * 100 + [1] * 300 + [2] * 50])
    prediction = torch.zeros_like(truth)
    prediction[0, 200:202] = 1
    validate(metric, prediction, truth)
    assert last_noted(caplog.text) == 'hole is never predicted; crack is almost never predicted'
    prediction[0, 200:204] = 1
    validate(metric, prediction, truth)
    assert last_noted(caplog.text) == 'hole is never predicted'
