# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""ECE, NLL and Brier score against numpy, pixel by pixel, and the same from several ranks."""
import copy

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from mmseg_entmin.config.read_config import redirect_data_root
from mmseg_entmin.evaluation import CalibrationMetric
from mmseg_entmin.registry import METRICS


def samples_of(count=3, classes=4, size=(9, 7)):
    logits = 3 * torch.randn(count, classes, *size)
    truth = torch.randint(classes, (count, 1, *size))
    truth[torch.rand(truth.shape) < 0.2] = 255
    return [dict(seg_logits=dict(data=x), gt_sem_seg=dict(data=y)) for x, y in zip(logits, truth)]


def evaluate(samples, **options):
    metric = METRICS.build(dict(type='CalibrationMetric', **options))
    metric.process({}, samples)
    return metric.evaluate(len(samples))


def by_hand(samples, bins=15):
    rows = []
    for sample in samples:
        logits, truth = sample['seg_logits']['data'].double().numpy(), sample['gt_sem_seg']['data'][0].numpy()
        for (r, c) in np.argwhere(truth != 255):
            p = np.exp(logits[:, r, c]) / np.exp(logits[:, r, c]).sum()
            y = np.eye(len(p))[truth[r, c]]
            rows.append((p.max(), p.argmax() == truth[r, c], -np.log(p[truth[r, c]]), ((p - y)**2).sum()))
    confidence, right, nll, brier = np.array(rows, float).T
    ece = 0
    for k in range(bins):
        inside = (confidence >= k / bins) & (confidence < (k + 1) / bins + (k == bins - 1))
        if inside.any():
            ece += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return dict(ECE=ece, NLL=nll.mean(), Brier=brier.mean())


@pytest.mark.parametrize('bins', [1, 10, 15])
def test_equals_numpy(bins):
    samples = samples_of()
    assert evaluate(samples, num_bins=bins) == pytest.approx(by_hand(samples, bins), rel=1e-4)


def test_known_cases():
    sure = torch.tensor([[[100., 100.]], [[0., 0.]]])
    half = torch.zeros(2, 1, 2)
    truth = torch.tensor([[[0, 1]]])

    def of(logits, labels=truth):
        return evaluate([dict(seg_logits=dict(data=logits), gt_sem_seg=dict(data=labels))])

    assert of(sure) == pytest.approx(dict(ECE=0.5, NLL=-np.log(1e-12) / 2, Brier=1.))
    assert of(half) == pytest.approx(dict(ECE=0., NLL=np.log(2), Brier=0.5))
    ruled_out = of(torch.where(sure == 0, -torch.inf, sure))
    assert ruled_out == pytest.approx(of(sure))
    assert all(np.isnan(list(of(half, torch.full_like(truth, 255)).values())))


def test_images_of_any_split_and_size_give_the_same_sums():
    """Ranks collect one row an image, and cut off what the sampler has added."""
    samples = samples_of(2) + samples_of(2, size=(3, 5))
    parts = [CalibrationMetric() for _ in range(2)]
    parts[0].process({}, samples[:3])
    parts[1].process({}, samples[3:])
    rows = parts[0].results + parts[1].results
    assert all(row.shape == (33, ) for row in rows)
    assert parts[0].compute_metrics(rows) == pytest.approx(evaluate(samples))
    assert evaluate(samples) == pytest.approx(by_hand(samples), rel=1e-4)


def test_beside_the_iou_in_a_test_run(tiny_config, tiny_dataset, tmp_path):
    cfg = Config.fromfile(tiny_config)
    redirect_data_root(cfg, str(tiny_dataset))
    cfg.work_dir = str(tmp_path / 'work')
    cfg.test_evaluator = [cfg.test_evaluator, dict(type='CalibrationMetric')]
    cfg.visualizer.name = str(tmp_path)
    metrics = Runner.from_cfg(copy.deepcopy(cfg)).test()
    assert 0 <= metrics['mIoU'] <= 100
    assert 0 <= metrics['ECE'] <= 1 and 0 < metrics['NLL'] < np.inf and 0 < metrics['Brier'] < 2


def test_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match='num_bins=0'):
        CalibrationMetric(num_bins=0)
    sample = samples_of(1)[0]
    with pytest.raises(ValueError, match='LoadAnnotations after Resize'):
        evaluate([dict(sample, gt_sem_seg=dict(data=torch.zeros(1, 2, 2).long()))])
    with pytest.raises(ValueError, match='labels 4..4 for 4 classes'):
        evaluate([dict(sample, gt_sem_seg=dict(data=torch.full((1, 9, 7), 4)))])


def test_a_mask_of_one_class_is_judged_like_any():
    sample = dict(seg_logits=dict(data=torch.zeros(2, 1, 2)), gt_sem_seg=dict(data=torch.zeros(1, 1, 2).long()))
    assert evaluate([sample]) == pytest.approx(dict(ECE=0.5, NLL=np.log(2), Brier=0.5))
