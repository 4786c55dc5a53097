# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Half precision on a CPU trains, and stays close to single precision."""
import copy

import pytest
import torch
from mmengine.optim import build_optim_wrapper
from mmengine.registry import DefaultScope

from mmseg_entmin.engine.optimizers import CPUAmpOptimWrapper
from tests.tiny import batch, build, unet_cfg

SGD = dict(type='SGD', lr=0.01)


def train(model, wrapper: dict, steps=3) -> list:
    """Losses of some steps on one batch."""
    with DefaultScope.overwrite_default_scope('mmseg'):
        optim_wrapper = build_optim_wrapper(model, dict(optimizer=SGD, **wrapper))
    torch.manual_seed(0)
    images, samples = batch()
    losses = []
    for _ in range(steps):
        torch.manual_seed(0)
        with optim_wrapper.optim_context(model):
            loss, _ = model.parse_losses(model.loss(images, samples))
        optim_wrapper.update_params(loss)
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize('dtype', ['bfloat16', 'float16'])
def test_half_precision_trains_and_stays_close(dtype):
    model = build(unet_cfg()).train()
    expected = train(copy.deepcopy(model), dict(type='OptimWrapper'))
    assert train(model, dict(type='CPUAmpOptimWrapper', dtype=dtype)) == pytest.approx(expected, rel=0.05)
    assert all(p.dtype == torch.float32 and p.isfinite().all() for p in model.parameters())


def test_the_scale_of_float16_is_saved_and_bfloat16_has_none():
    model = build(unet_cfg())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    wrapper = CPUAmpOptimWrapper('float16', optimizer=optimizer)
    assert wrapper.state_dict()['loss_scaler']['scale'] > 1
    wrapper.load_state_dict(wrapper.state_dict())
    assert CPUAmpOptimWrapper('bfloat16', optimizer=optimizer).loss_scaler.get_scale() == 1
    with pytest.raises(ValueError, match="dtype='float8'"):
        CPUAmpOptimWrapper('float8', optimizer=optimizer)


@pytest.mark.parametrize('dtype', ['bfloat16', 'float16'])
def test_the_forward_is_in_the_precision_that_was_asked_for(dtype):
    layer = torch.nn.Linear(2, 2)
    wrapper = CPUAmpOptimWrapper(dtype, optimizer=torch.optim.SGD(layer.parameters(), lr=0.1))
    with wrapper.optim_context(layer):
        assert layer(torch.ones(1, 2)).dtype is getattr(torch, dtype)
