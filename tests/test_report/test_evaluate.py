# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Figures of a test agree with those of the metrics, and with the pixels themselves."""
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmseg_entmin.evaluation import CalibrationMetric
from mmseg_entmin.report.evaluate import ErrorHistogram, evaluate
from mmseg_entmin.report.work_dir import read_run


def test_tenths_are_those_of_the_sorted_pixels():
    rng = np.random.default_rng(0)
    values = rng.random(100_000)**2
    wrong = rng.random(100_000) < values
    histogram = ErrorHistogram(0., 1., 1000)
    for part in np.split(np.arange(100_000), 10):
        histogram.add(values[part], wrong[part])
    expected = wrong[np.argsort(values)].reshape(10, -1).mean(axis=1)
    assert histogram.error_by_tenth() == pytest.approx(expected, abs=0.01)


def test_tenths_of_equal_pixels_are_equal():
    histogram = ErrorHistogram(0., 1., 10)
    histogram.add(np.full(50, 2.), np.arange(50) < 10)  # above the range
    assert histogram.error_by_tenth() == pytest.approx(np.full(10, 0.2))


@pytest.mark.parametrize('kind', [None, 'EntMin', 'EntMinConsistency'])
def test_calibration_and_accuracy(make_work_dir, tiny_dataset, kind):
    found = evaluate(read_run(make_work_dir('run', kind, data_root='absent')), str(tiny_dataset), 'cpu')
    assert [name.replace('\\', '/') for name in found.images] == [f'images/{k:03d}.png' for k in (13, 14, 15, 16)]
    assert (found.variance is not None) == (kind is not None)
    metric, right = CalibrationMetric(), []
    for name, prediction in zip(found.images, found.inferencer(list(found.images.values()), probabilities=True)):
        truth = found.truths(name)
        right.append((prediction.labels == truth).mean())
        metric.results.append(metric.sums(torch.from_numpy(prediction.probabilities).log(), torch.from_numpy(truth)))
    assert found.reliability()[2] == pytest.approx(metric.compute_metrics(metric.results)['ECE'], abs=1e-6)
    for histogram in filter(None, (found.confidence, found.entropy, found.variance)):
        assert histogram.count.sum() == 4 * 32 * 32
        assert 1 - histogram.wrong.sum() / histogram.count.sum() == pytest.approx(np.mean(right))


def test_what_is_missing(make_work_dir, tiny_dataset):
    with pytest.raises(FileNotFoundError, match='has no checkpoint'):
        evaluate(read_run(make_work_dir('a', checkpoint=False)))
    with pytest.raises(FileNotFoundError):
        evaluate(read_run(make_work_dir('b', data_root='absent')))


def test_each_histogram_is_of_its_own_quantity_and_void_is_in_none():
    from mmseg_entmin.apis import Prediction
    from mmseg_entmin.report.evaluate import Evaluation
    truth = np.array([[0, 1, 0, 255]], np.uint8)
    maps = dict(labels=[0, 1, 1, 0], confidence=[.9, .8, .7, .6], entropy=[.1, .2, .3, .4], variance=[1e-3, 10, 1e3, 1])
    prediction = Prediction(source=None, presence=None, features=np.zeros(1), **{
        name: np.array([values], np.uint8 if name == 'labels' else np.float32) for name, values in maps.items()})
    found = Evaluation(
        None, SimpleNamespace(classes=('a', 'b')), {}, lambda name: truth, entropy=ErrorHistogram(0., 1., 10),
        variance=ErrorHistogram(-12., 6., 18))
    found.add('x', prediction)
    for histogram, total in ((found.confidence, 2.4), (found.entropy, 0.6), (found.variance, 1.)):  # powers of 10
        assert histogram.total.sum() == pytest.approx(total)
        assert (histogram.count.sum(), histogram.wrong.sum()) == (3, 1)
