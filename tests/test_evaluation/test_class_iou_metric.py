# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The IoU of each class stands beside mmseg's means, which stay what they were."""
import numpy as np
import pytest
import torch
from mmseg.evaluation import IoUMetric
from PIL import Image

from mmseg_entmin.evaluation import ClassIoUMetric


def evaluate(metric_type, prediction, truth, **options):
    metric = metric_type(iou_metrics=['mIoU', 'mFscore'], **options)
    metric.dataset_meta = dict(classes=('sky', 'road', 'car'))
    sample = dict(pred_sem_seg=dict(data=prediction[None]), gt_sem_seg=dict(data=truth[None]))
    metric.process({}, [sample, sample])
    return metric.evaluate(2)


def test_counts_each_class_by_hand():
    truth = torch.tensor([[0, 0, 1, 255]])
    prediction = torch.tensor([[0, 1, 1, 2]])
    ours = evaluate(ClassIoUMetric, prediction, truth, nan_to_num=0)
    assert (ours['IoU.sky'], ours['IoU.road'], ours['IoU.car']) == (50, 50, 0)
    for name, value in evaluate(IoUMetric, prediction, truth, nan_to_num=0).items():
        assert ours.pop(name) == pytest.approx(value)
    assert set(ours) == {'IoU.sky', 'IoU.road', 'IoU.car'}


def test_without_truths_the_predictions_are_written_alone(tmp_path):
    metric = ClassIoUMetric(format_only=True, output_dir=str(tmp_path))
    metric.dataset_meta = dict(classes=('sky', 'road', 'car'))
    prediction = torch.tensor([[[0, 1], [1, 2]]])
    metric.process({}, [dict(pred_sem_seg=dict(data=prediction), img_path='a/street.jpg')])
    assert metric.evaluate(1) == {}
    assert (np.array(Image.open(tmp_path / 'street.png')) == prediction[0].numpy()).all()


def test_a_class_that_is_nowhere_is_nan_unless_told_otherwise():
    labels = torch.tensor([[0, 0, 1, 1]])
    assert np.isnan(evaluate(ClassIoUMetric, labels, labels)['IoU.car'])
    assert evaluate(ClassIoUMetric, labels, labels, nan_to_num=0)['IoU.car'] == 0
