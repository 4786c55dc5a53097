# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Warnings of what trains otherwise than its name says."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks.unexpected import unexpected


def config(loss=None, count=1, hooks=(), **model) -> Config:
    losses = [dict(type='CrossEntropyLoss'), *([loss] if loss else [])]
    return Config(dict(model=dict(decode_head=dict(loss_decode=losses), **model), custom_hooks=list(hooks),
                       optim_wrapper=dict(accumulative_counts=count)))


def test_dice_over_all_classes():
    line, = unexpected(config(dict(type='DiceLoss')))
    assert line.startswith("model.decode_head.loss_decode[1]: mmseg's DiceLoss takes one") and 'ClassDiceLoss' in line
    assert not list(unexpected(config(dict(type='ClassDiceLoss')))) and not list(unexpected(config()))


def test_an_average_of_weights_that_do_not_change():
    hook = dict(type='EMAHook')
    line, = unexpected(config(count=4, hooks=[dict(type='X'), hook]))
    assert line.startswith('custom_hooks[1]: EMAHook averages after every') and line.endswith('set interval=4')
    assert not list(unexpected(config(hooks=[hook])))
    assert not list(unexpected(config(count=4, hooks=[dict(hook, interval=8)])))


@pytest.mark.parametrize('model, decay', [(dict(type='EntMinConsistency'), 0.99), (dict(teacher=dict(decay=0.9)), 0.9)])
def test_the_decay_of_a_teacher(model, decay):
    line, = unexpected(config(count=2, **model))
    assert line.startswith(f'model.teacher.decay={decay} is applied after every') and f'{decay**0.5:.5g} is' in line
    assert not list(unexpected(config(**model)))
