# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a resumed training would be changed by is named; what it would not, is not."""
import copy

import pytest
from mmengine.config import Config

from mmseg_entmin.engine.resume.resumed_config import changed_settings

SETTINGS = dict(
    model=dict(type='EntMin', entropy=dict(type='AdaptiveSharpeningLoss', loss_weight=0.1), stages=(0, 1)),
    train_dataloader=dict(num_workers=2, batch_size=8, dataset=dict(
        data_root='data', pipeline=[dict(type='LoadImageFromFile'), dict(type='RandomFlip', prob=0.5)])),
    train_cfg=dict(type='IterBasedTrainLoop', max_iters=10),
    optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1), clip_grad=None),
    val_dataloader=dict(batch_size=1), names={'a b': 1}, work_dir='work')


def difference(**changes) -> list:
    other = Config(copy.deepcopy(SETTINGS))
    other.merge_from_dict(changes)
    return changed_settings(other.pretty_text, Config(copy.deepcopy(SETTINGS)).pretty_text)


@pytest.mark.parametrize('key, value, found', [
    ('model.entropy.loss_weight', 1., '1.0 (checkpoint: 0.1)'),
    ('model.stages', (0, 1, 2), '(0, 1, 2) (checkpoint: (0, 1))'),
    ('train_dataloader.batch_size', 4, '4 (checkpoint: 8)'),
    ('train_dataloader.dataset.pipeline.1.prob', 0., '0.0 (checkpoint: 0.5)'),
    ('train_cfg.max_iters', 20, '20 (checkpoint: 10)'),
    ('optim_wrapper.type', 'AmpOptimWrapper', "'AmpOptimWrapper' (checkpoint: 'OptimWrapper')"),
    ('model.ramp', -1, '-1 (checkpoint: absent)'),
])
def test_what_trains_otherwise_is_named(key, value, found):
    assert difference(**{key: value}) == [f"{key.replace('pipeline.1', 'pipeline[1]')}={found}"]


def test_several_and_one_taken_away():
    lines = difference(**{'model.entropy': dict(_delete_=True, type='EntropyLoss'),
                          'optim_wrapper.clip_grad': dict(_delete_=True, max_norm=1)})
    assert lines == ["model.entropy.type='EntropyLoss' (checkpoint: 'AdaptiveSharpeningLoss')",
                     'optim_wrapper.clip_grad.max_norm=1 (checkpoint: absent)',
                     'model.entropy.loss_weight=absent (checkpoint: 0.1)',
                     'optim_wrapper.clip_grad=absent (checkpoint: None)']


@pytest.mark.parametrize('key, value', [
    ('train_dataloader.dataset.data_root', 'elsewhere'), ('train_dataloader.num_workers', 0), ('work_dir', 'other'),
    ('val_dataloader.batch_size', 2), ('optim_wrapper.optimizer.lr', 1.)])
def test_where_and_how_fast_is_not(key, value):
    assert difference(**{key: value}) == []


def test_no_text_of_a_config_is_run_or_fails(tmp_path):
    file = tmp_path / 'made'
    saved = f"model = __import__('pathlib').Path({str(file)!r}).touch()\ntrain_cfg = {{'a b': {{1: [2]}}}}"
    lines = changed_settings('train_cfg = dict()', saved)
    assert 'train_cfg.a b.1=absent (checkpoint: [2])' in lines and not file.exists()
    assert changed_settings(saved, saved) == []


@pytest.mark.parametrize('saved', [None, 'no python', dict(model=1), 'model = {**a}', 'model = {a: 1}',
                                   'model = ' + '-' * 9999 + '1', 'model = 1\0', ''])
def test_what_is_no_text_of_a_config_is_not_compared(saved):
    assert changed_settings('model = 1', saved) == []
