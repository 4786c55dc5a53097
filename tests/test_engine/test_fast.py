# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Modes of a step: which are tried, what they change, and that timing them changes nothing."""
import copy

import pytest
import torch
from mmengine.optim import OptimWrapper

from mmseg_entmin.engine import fast
from mmseg_entmin.engine.fast import Mode, fastest, modes, parse_mode, set_mode, time_modes
from mmseg_entmin.engine.optimizers import CPUAmpOptimWrapper, JointOptimWrapper
from mmseg_entmin.engine.resume.random_state import get_random_state
from tests.tiny import batch, build, unet_cfg

EVERY = Mode(bfloat16=True, channels_last=True, float32_depthwise=True)


@pytest.fixture
def model():
    """A network with a depthwise convolution."""
    model = build(dict(unet_cfg(width=8), data_preprocessor=dict(type='SegDataPreProcessor', size=(32, 32)))).train()
    conv = model.backbone.encoder[0][0].convs[0].conv
    model.backbone.encoder[1][1].convs[0].conv = torch.nn.Sequential(
        torch.nn.Conv2d(8, 8, 3, padding=1, groups=8), torch.nn.Conv2d(8, 16, 1))
    assert conv.groups == 1
    return model


def wrapper_of(model, kind=OptimWrapper):
    return kind(optimizer=torch.optim.SGD(model.parameters(), lr=0.1))


@pytest.fixture
def data():
    inputs, samples = batch()
    return dict(inputs=list(inputs), data_samples=samples)


def test_modes(model):
    tried = modes(model, wrapper_of(model))
    assert tried[0] == Mode() and len(set(tried)) == 6 and EVERY in tried
    model.backbone.encoder[1][1].convs[0].conv = torch.nn.Conv2d(8, 16, 3, padding=1)
    assert modes(model, wrapper_of(model)) == [Mode(*mode) for mode in ((0, 0), (0, 1), (1, 0), (1, 1))]
    half = wrapper_of(model, CPUAmpOptimWrapper)
    assert modes(model, half) == modes(model, JointOptimWrapper(main=half)) == [Mode(), Mode(channels_last=True)]


@pytest.mark.parametrize('mode', [Mode(), Mode(channels_last=True), Mode(bfloat16=True), EVERY], ids=str)
def test_a_step_in_a_mode(model, data, mode):
    wrapper, seen = wrapper_of(model), {}
    set_mode(mode, model, wrapper)
    separate, plain = model.backbone.encoder[1][1].convs[0].conv
    for name, conv in dict(separate=separate, plain=plain).items():
        conv.register_forward_hook(lambda *args, name=name: seen.setdefault(name, args[-1]))
    model.train_step(data, wrapper)
    assert seen['plain'].dtype == (torch.bfloat16 if mode.bfloat16 else torch.float32)
    assert seen['separate'].dtype == (
        torch.bfloat16 if mode.bfloat16 and not mode.float32_depthwise else torch.float32)
    assert seen['plain'].is_contiguous(memory_format=torch.channels_last) == mode.channels_last
    assert all(p.dtype == torch.float32 and p.isfinite().all() for p in model.parameters())


def test_losses_stay_near(model, data):
    losses = []
    for mode in (Mode(), EVERY):
        twin = copy.deepcopy(model)
        wrapper = wrapper_of(twin)
        set_mode(mode, twin, wrapper)
        torch.manual_seed(0)
        losses.append(twin.train_step(copy.deepcopy(data), wrapper)['loss'])
    assert losses[1].dtype == torch.float32 and torch.allclose(*losses, rtol=0.02)


def test_timing_changes_nothing(model, data):
    before, states, images = copy.deepcopy(model.state_dict()), get_random_state(), copy.deepcopy(data['inputs'])
    seconds = time_modes(model, wrapper_of(model), data)
    assert list(seconds) == modes(model, wrapper_of(model)) and min(seconds.values()) > 0
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(p.grad is None and p.is_contiguous() for p in model.parameters())
    assert all(torch.equal(*pair) for pair in zip(images, data['inputs']))
    assert torch.equal(states['torch'], torch.get_rng_state())
    assert all('forward' not in vars(conv) for conv in fast.depthwise(model))


def test_the_plain_mode_unless_another_one_is_clearly_faster():
    assert fastest({Mode(): 1., Mode(channels_last=True): 0.97, EVERY: 0.9}) == Mode()
    assert fastest({Mode(): 1., Mode(channels_last=True): 0.7, EVERY: 0.65}) == Mode(channels_last=True)
    assert fastest({Mode(): 1., Mode(channels_last=True): 0.9, EVERY: 0.5}) == EVERY


def test_a_mode_of_a_config():
    assert parse_mode(True) is None and parse_mode(dict(bfloat16=True)) == Mode(bfloat16=True)
    assert str(parse_mode({})) == 'precision and memory layout of the config'
    assert str(EVERY) == 'bfloat16, channels last, depthwise convolutions in float32'
    for wrong in ('yes', 1, dict(bf16=True), dict(bfloat16='yes'), dict(float32_depthwise=True)):
        with pytest.raises(ValueError, match='^fast=.*give True, False, or a mode like'):
            parse_mode(wrong)
