# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which optimizer gets which parameters, with which options."""
import copy

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope

from mmseg_entmin.engine.optimizers import JointOptimWrapper
from tests.peers import peer
from tests.tiny import batch

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


def test_a_mixed_precision_step_with_one_loss_scale(monkeypatch):
    """The wrapper of --amp, which wants an accelerator, on the CPU's autocast."""
    amp = 'mmengine.optim.optimizer.amp_optimizer_wrapper'
    monkeypatch.setattr(f'{amp}.is_cuda_available', lambda: True)
    monkeypatch.setattr(f'{amp}.GradScaler', lambda **options: torch.amp.GradScaler('cpu', **options))
    model = peer('AdvSemiSeg')
    joint = build(model, type='AmpOptimWrapper', loss_scale='dynamic', dtype='bfloat16')
    assert [type(wrapper).__name__ for wrapper in joint.values()] == ['AmpOptimWrapper'] * 2
    assert joint['discriminator'].loss_scaler is joint['segmentor'].loss_scaler
    model.data_preprocessor.forward = lambda data, training: data
    before = {name: p.clone() for name, p in model.named_parameters()}
    images, samples = batch()
    log = model.train_step(dict(inputs=images, data_samples=samples), joint)
    assert log['loss'].isfinite()
    moved = {name.split('.')[0] for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    assert moved == {'backbone', 'decode_head', 'discriminator'}
    state = joint.state_dict()
    joint.load_state_dict(state)
