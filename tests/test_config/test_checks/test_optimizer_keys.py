# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Keys of the optimizer that match no parameter."""
from mmengine.config import Config
from torch import nn

from mmseg_entmin.config.checks import optimizer_key_warnings


def warnings(**optim_wrapper) -> list[str]:
    model = nn.ModuleDict(dict(backbone=nn.LayerNorm(2), decode_head=nn.Linear(2, 2)))
    return list(optimizer_key_warnings(Config(dict(optim_wrapper=optim_wrapper)), model))


def test_a_key_in_no_name_is_named():
    keys = dict(backbone=dict(lr_mult=0.1), head=dict(lr_mult=10), norm=dict(decay_mult=0))
    line, = warnings(paramwise_cfg=dict(custom_keys=keys))
    assert line.startswith("optim_wrapper.paramwise_cfg.custom_keys: 'norm' is in no name of a parameter")


def test_several_optimizers_and_none():
    line, = warnings(segmentor=dict(paramwise_cfg=dict(custom_keys=dict(absent=dict(lr_mult=2), head=dict(lr_mult=2)))))
    assert line.startswith("optim_wrapper.segmentor.paramwise_cfg.custom_keys: 'absent'")
    assert not warnings() and not list(optimizer_key_warnings(Config(), nn.Linear(1, 1)))
    assert not warnings(paramwise_cfg=dict(norm_decay_mult=0, custom_keys=None))
