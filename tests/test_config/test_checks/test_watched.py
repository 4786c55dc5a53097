# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A best checkpoint needs a metric that the validation returns, and the names are mmseg's."""
import pytest
import torch
from mmengine.config import Config
from mmseg.evaluation import IoUMetric

from mmseg_entmin.config.checks.watched import RETURNED, check_watched, returned_metrics


def config(evaluator, **hooks) -> Config:
    return Config(dict(val_evaluator=evaluator, val_dataloader=dict(batch_size=1), **hooks))


@pytest.mark.parametrize('save_best, wrong', [
    ('mIoU', []), ('auto', []), (['mIoU', 'aAcc'], []), (None, []), ('mIOU', ['mIOU']), (['mDice', 'aAcc'], ['mDice'])])
def test_the_best_checkpoint(save_best, wrong):
    hooks = dict(checkpoint=dict(type='CheckpointHook', save_best=save_best))
    lines = list(check_watched(config(dict(type='IoUMetric'), default_hooks=hooks)))
    assert [line.split(':')[0] for line in lines] == [f'default_hooks.checkpoint.save_best={name!r}' for name in wrong]
    assert all('the validation returns aAcc, mIoU, mAcc' in line for line in lines)
    assert not list(check_watched(config(dict(type='MyMetric'), default_hooks=hooks)))


def test_early_stopping_and_prefixes():
    cfg = config([dict(type='IoUMetric', iou_metrics=['mFscore'], prefix='val')],
                 custom_hooks=[dict(type='EarlyStoppingHook', monitor='mFscore')])
    line, = check_watched(cfg)
    assert line.startswith("custom_hooks[0].monitor='mFscore'") and 'val/mFscore' in line


@pytest.mark.parametrize('asked', [['mIoU'], ['mDice', 'mFscore'], *([name] for name in RETURNED)])
def test_the_names_are_those_of_mmseg(asked):
    metric = IoUMetric(iou_metrics=asked)
    metric.dataset_meta = dict(classes=('a', 'b'))
    areas = tuple(torch.tensor([2., 3.]) for _ in range(4))
    assert set(metric.compute_metrics([areas])) == set(returned_metrics(config(dict(type='IoUMetric',
                                                                                    iou_metrics=asked))))
