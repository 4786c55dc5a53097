# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The IoU of each class stands beside mmseg's means, which stay what they were."""
import numpy as np
import pytest
import torch
from mmseg.evaluation import IoUMetric
from PIL import Image

from mmseg_entmin.evaluation import ClassIoUMetric, ExactIoUMetric
from mmseg_entmin.evaluation import class_iou_metric as module


def evaluate(metric_type, prediction, truth, **options):
    metric = metric_type(**{'iou_metrics': ['mIoU', 'mFscore'], **options})
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


def test_an_image_of_more_pixels_than_float32_can_count():
    side, half = 4200, 2100  # 17.6 million pixels, half of them wrong
    truth = torch.zeros(side, side, dtype=torch.uint8)
    prediction = truth.clone()
    prediction[half:] = 1
    areas = ExactIoUMetric.intersect_and_union(prediction, truth, 2, 255)
    right = half * side
    assert [area.tolist() for area in areas] == [[right, 0], [2 * right, right], [right, right], [2 * right, 0]]


def test_sums_over_images_are_exact_where_float32_stops():
    metric = ExactIoUMetric(iou_metrics=['mIoU'])
    metric.dataset_meta = dict(classes=('sky', 'road'))
    large, one = torch.tensor([2**24, 0]), torch.tensor([1, 0])
    wrong = torch.tensor([0, 1])
    metric.results = [(large, large, large, large)] + [(0 * one, one + wrong, wrong, one)] * 2**16
    scores = metric.compute_metrics(metric.results)
    assert scores['aAcc'] == pytest.approx(100 * 2**24 / (2**24 + 2**16), abs=0.01)
    assert scores['mIoU'] == pytest.approx(50 * 2**24 / (2**24 + 2**16), abs=0.01)


@pytest.mark.parametrize('seed', range(3))
def test_on_small_images_all_is_as_in_mmseg(seed):
    generator = torch.Generator().manual_seed(seed)
    prediction, truth = (torch.randint(0, 4, (16, 16), generator=generator) for _ in range(2))
    truth[truth == 3] = 255  # and 3 is predicted, but no class
    for options in ({}, dict(nan_to_num=0)):
        assert evaluate(ExactIoUMetric, prediction, truth, **options) == evaluate(
            IoUMetric, prediction, truth, **options)


def test_the_f_score_of_a_class_that_is_never_predicted_is_0():
    """mmseg's mean leaves the class out: 94.44 in place of 62.96."""
    truth, prediction = torch.tensor([[0, 0, 0, 0, 1, 2, 2, 2]]), torch.tensor([[0, 0, 0, 0, 0, 2, 2, 2]])
    mmsegs, ours = (evaluate(kind, prediction, truth, iou_metrics=['mFscore', 'mDice'])
                    for kind in (IoUMetric, ExactIoUMetric))
    assert mmsegs['mFscore'] == pytest.approx(94.44) and ours['mFscore'] == pytest.approx(62.96) == ours['mDice']
    nowhere = evaluate(ExactIoUMetric, *[torch.tensor([[0, 0, 1]])] * 2, iou_metrics=['mFscore'])
    assert nowhere['mFscore'] == 100, 'a class that is nowhere has no score'


def test_how_many_classes_counted_is_logged(monkeypatch):
    said = []
    monkeypatch.setattr(module, 'print_log', lambda text, **_: said.append(text))
    labels = torch.tensor([[0, 0, 1, 1]])
    evaluate(ExactIoUMetric, labels, labels)
    evaluate(ExactIoUMetric, labels, labels, nan_to_num=0)
    assert said == [f'1 of 3 classes are neither in the masks nor predicted and {how} in the means: car'
                    for how in ('do not count', 'count as 0')]
    evaluate(ExactIoUMetric, torch.tensor([[0, 1, 2]]), torch.tensor([[0, 1, 1]]))
    assert len(said) == 2
