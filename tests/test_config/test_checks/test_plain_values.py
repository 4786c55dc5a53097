# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Values that MMEngine and torch would only refuse in the first step."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks.plain_values import check_values


@pytest.mark.parametrize('cfg, key', [
    (dict(log_level='FOO'), "log_level='FOO'"), (dict(log_level='DEBUG'), None), ({}, None),
    (dict(model=dict(data_preprocessor=dict(pad_val=[0, 0, 0]))), 'model.data_preprocessor.pad_val=[0, 0, 0]'),
    (dict(model=dict(data_preprocessor=dict(pad_val=0, seg_pad_val=255))), None),
    (dict(optim_wrapper=dict(paramwise_cfg=dict(custom_keys=5))), 'optim_wrapper.paramwise_cfg.custom_keys=5'),
    (dict(optim_wrapper=dict(paramwise_cfg=dict(custom_keys=dict(head=2.)))), 'optim_wrapper.paramwise_cfg.custom_'),
    (dict(optim_wrapper=dict(paramwise_cfg=dict(custom_keys=dict(head=dict(lr_mult=2.))))), None),
    (dict(optim_wrapper=dict(clip_grad=dict(max_norm=1., norm_type=2))), None),
    (dict(optim_wrapper=dict(clip_grad=dict(type='value', clip_value=1.))), None),
    (dict(optim_wrapper=dict(clip_grad=None)), None),
    (dict(optim_wrapper=dict(clip_grad=dict(max=5))), 'optim_wrapper.clip_grad: clip_grad_norm_ refuses'),
    (dict(optim_wrapper=dict(clip_grad=dict(max_norm='abc'))), 'optim_wrapper.clip_grad: clip_grad_norm_ refuses'),
    (dict(optim_wrapper=dict(clip_grad=dict(type='value', max_norm=1))), 'optim_wrapper.clip_grad: clip_grad_value_ '),
    (dict(optim_wrapper=dict(head=dict(clip_grad=dict(type='norms')))), "optim_wrapper.head.clip_grad.type='norms'"),
])
def test_values(cfg, key):
    lines = list(check_values(Config(cfg)))
    assert len(lines) == (key is not None) and all(line.startswith(key) for line in lines)
