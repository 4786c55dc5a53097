# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which optimizer gets which parameters, with which options."""
import copy

import pytest
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope

from mmseg_entmin.engine.optimizers import JointOptimWrapper
from tests.peers import peer

CFG = dict(
    type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1), constructor='SubmoduleOptimWrapperConstructor',
    submodules=dict(discriminator=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99)))))


def build(model, **options) -> JointOptimWrapper:
    with DefaultScope.overwrite_default_scope('mmseg'):
        return build_optim_wrapper(model, copy.deepcopy(dict(CFG, **options)))


def ids(parameters) -> set:
    return {id(p) for p in parameters}


def of(wrapper) -> set:
    return {id(p) for group in wrapper.optimizer.param_groups for p in group['params']}


def test_the_main_optimizer_has_all_but_the_submodules():
    model = peer('AdvSemiSeg')
    joint = build(model)
    discriminator = ids(model.discriminator.parameters())
    assert of(joint['discriminator']) == discriminator
    assert of(joint['segmentor']) == ids(model.parameters()) - discriminator
    assert type(joint['discriminator'].optimizer).__name__ == 'Adam'
    assert joint['discriminator'].optimizer.defaults['betas'] == (0.9, 0.99)
    assert hasattr(model, 'discriminator') and joint.main is joint['segmentor']


def test_rates_by_name_stay_with_the_main_one_and_other_options_are_shared():
    model = peer('S4GANMLMT')
    submodules = dict(CFG['submodules'], classifier=dict(optimizer=dict(type='SGD', lr=0.03), clip_grad=None))
    joint = build(model, paramwise_cfg=dict(custom_keys={'decode_head': dict(lr_mult=10.)}), accumulative_counts=2,
                  clip_grad=dict(max_norm=1.), submodules=submodules)
    rates = joint.get_lr()
    assert set(rates['segmentor.lr']) == {0.1, 1.0} and set(rates['discriminator.lr']) == {1e-4}
    assert set(rates['classifier.lr']) == {0.03}
    assert joint['discriminator'].clip_grad_kwargs == dict(max_norm=1.) and not joint['classifier'].clip_grad_kwargs
    assert all(wrapper._accumulative_counts == 2 for wrapper in joint.values())


def test_mistakes_are_named():
    with pytest.raises(ValueError, match='optim_wrapper.submodules is missing'):
        build(peer('AdvSemiSeg'), submodules=None)
    with pytest.raises(ValueError, match='submodules: FixMatch has no submodule discriminator; it has .*backbone'):
        build(peer('FixMatch'))
