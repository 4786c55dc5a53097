# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One step of several optimizers against steps taken by hand: accumulation, clipping, mixed precision, state."""
import copy
from types import SimpleNamespace

import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn

from mmseg_entmin.engine.hooks.safe_checkpoint_hook import at_cycle_end
from mmseg_entmin.engine.optimizers import JointOptimWrapper


def make(parts, scaler=None, **options):
    wrappers = {name: OptimWrapper(torch.optim.SGD(part.parameters(), lr=lr), **options)
                for (name, part), lr in zip(parts.items(), (0.1, 0.01))}
    if scaler is not None:
        next(iter(wrappers.values())).loss_scaler = scaler
        next(iter(wrappers.values()))._scale_update_param = None
    return JointOptimWrapper(**wrappers)


@pytest.fixture
def parts():
    return nn.ModuleDict(dict(first=nn.Linear(3, 3), second=nn.Linear(3, 1)))


def loss_of(parts, seed=0):
    torch.manual_seed(seed)
    return parts['second'](parts['first'](torch.randn(4, 3))).square().sum()


def test_every_optimizer_steps_after_one_backward_with_its_own_rate(parts):
    before = copy.deepcopy(parts)
    joint = make(parts)
    with joint.optim_context(parts):
        loss = loss_of(parts)
    joint.update_params(loss)
    loss_of(before).backward()
    for name, lr in (('first', 0.1), ('second', 0.01)):
        for p, old in zip(parts[name].parameters(), before[name].parameters()):
            assert torch.allclose(p, old - lr * old.grad)
            assert p.grad is None
    assert joint.get_lr() == {'first.lr': [0.1], 'second.lr': [0.01]}


def test_accumulation_is_that_of_the_main_one(parts):
    before = copy.deepcopy(parts)
    joint = make(parts, accumulative_counts=2)
    joint.initialize_count_status(parts, 0, 4)
    joint.update_params(loss_of(parts, 0))
    assert all(torch.equal(p, old) for p, old in zip(parts.parameters(), before.parameters()))
    joint.update_params(loss_of(parts, 1))
    for seed in (0, 1):
        (loss_of(before, seed) / 2).backward()
    old = before['second'].bias
    assert torch.allclose(parts['second'].bias, old - 0.01 * old.grad)


def test_each_clips_its_own_gradients(parts):
    before = copy.deepcopy(parts)
    make(parts, clip_grad=dict(max_norm=1e-3)).update_params(loss_of(parts))
    for name, lr in (('first', 0.1), ('second', 0.01)):
        moved = [p - old for p, old in zip(parts[name].parameters(), before[name].parameters())]
        assert torch.cat([m.flatten() for m in moved]).norm().item() == pytest.approx(1e-3 * lr, rel=1e-3)


@pytest.mark.parametrize('clip', [None, dict(max_norm=1e9)])
def test_one_loss_scale_for_all_in_mixed_precision(parts, clip):
    """As without scaling; and an overflow in one part makes that part skip its step and halves the scale."""
    before = copy.deepcopy(parts)
    scaler = torch.amp.GradScaler('cpu', init_scale=1024.)
    joint = make(parts, scaler, **(dict(clip_grad=clip) if clip else {}))
    for wrapper in joint.values():
        assert wrapper.loss_scaler is scaler
    main = joint['first']
    main.backward = lambda loss, **kwargs: (scaler.scale(loss).backward(), setattr(main, '_inner_count', 1))
    joint.update_params(loss_of(parts))
    loss_of(before).backward()
    for name, lr in (('first', 0.1), ('second', 0.01)):
        for p, old in zip(parts[name].parameters(), before[name].parameters()):
            assert torch.allclose(p, old - lr * old.grad, rtol=1e-4)
    state = copy.deepcopy(parts.state_dict())
    joint.update_params(parts['second'](torch.full((1, 3), torch.inf)).sum() + parts['first'](torch.ones(1, 3)).sum())
    assert all(torch.equal(parts.state_dict()[key], value) for key, value in state.items() if 'second' in key)
    assert scaler.get_scale() == 512.


def test_state_of_all(parts):
    joint = make(parts)
    joint.update_params(loss_of(parts))
    assert set(joint.state_dict()) == {'first', 'second'}
    make(parts).load_state_dict(joint.state_dict())


def test_a_checkpoint_waits_for_the_end_of_an_accumulation_cycle(parts):
    runner = SimpleNamespace(optim_wrapper=make(parts, accumulative_counts=3), max_iters=8)
    assert [iters for iters in range(1, 9) if at_cycle_end(runner, iters)] == [3, 6, 8]


def test_each_clips_its_own_gradients_in_mixed_precision(parts):
    before = copy.deepcopy(parts)
    scaler = torch.amp.GradScaler('cpu', init_scale=1024.)
    joint = make(parts, scaler, clip_grad=dict(max_norm=1e-3))
    main = joint['first']
    main.backward = lambda loss, **kwargs: (scaler.scale(loss).backward(), setattr(main, '_inner_count', 1))
    joint.update_params(loss_of(parts))
    for name, lr in (('first', 0.1), ('second', 0.01)):
        moved = [p - old for p, old in zip(parts[name].parameters(), before[name].parameters())]
        assert torch.cat([m.flatten() for m in moved]).norm().item() == pytest.approx(1e-3 * lr, rel=1e-2)


def test_the_last_iteration_ends_an_accumulation_cycle(parts):
    joint = make(parts, accumulative_counts=2)
    joint.initialize_count_status(parts, 0, 3)
    for seed in (0, 1):
        joint.update_params(loss_of(parts, seed))
    before = copy.deepcopy(parts)
    joint.update_params(loss_of(parts, 2))
    loss_of(before, 2).backward()
    old = before['second'].bias
    assert torch.allclose(parts['second'].bias, old - 0.01 * old.grad)


def test_the_context_is_that_of_the_main_one(parts):
    from mmseg_entmin.engine.optimizers import CPUAmpOptimWrapper
    sgd = {name: torch.optim.SGD(part.parameters(), lr=0.1) for name, part in parts.items()}
    joint = JointOptimWrapper(first=CPUAmpOptimWrapper(optimizer=sgd['first']), second=OptimWrapper(sgd['second']))
    with joint.optim_context(parts):
        assert parts['first'](torch.ones(1, 3)).dtype is torch.bfloat16
