# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Batch statistics normalize inside the context, and the running ones stay."""
import copy

import pytest
import torch
from torch import nn

from mmseg_entmin.models.batch_norm import keep_running_statistics


def network() -> nn.Sequential:
    """Norms of several momenta, one within another module."""
    return nn.Sequential(
        nn.BatchNorm2d(3, momentum=0.1), nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4, momentum=0.7)),
        nn.SyncBatchNorm(4, momentum=0.01), nn.BatchNorm2d(4, track_running_stats=False))


def running(module: nn.Module) -> dict:
    return {name: x.clone() for name, x in module.state_dict().items() if 'running' in name}


def equal(first: dict, second: dict) -> list:
    return [torch.equal(x, second[name]) for name, x in first.items()]


def test_running_statistics_stay_inside_and_move_again_outside():
    module, images = network(), torch.randn(4, 3, 8, 8) * 3 + 5
    before = running(module)
    assert len(before) == 6
    with keep_running_statistics(module):
        module(images)
    assert all(equal(before, running(module)))
    expected = copy.deepcopy(module)
    module(images)
    expected(images)
    assert not any(equal(before, running(module))) and all(equal(running(expected), running(module)))


def test_the_batch_is_normalized_by_its_own_statistics():
    module, images = network(), torch.randn(4, 3, 8, 8) * 3 + 5
    expected = copy.deepcopy(module)(images)
    with keep_running_statistics(module):
        assert torch.equal(module(images), expected)
        out = module[0](images)
    assert torch.allclose(out.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(out.var(dim=(0, 2, 3), unbiased=False), torch.ones(3), atol=1e-4)


def test_norms_in_eval_mode_still_use_their_running_statistics():
    norm, images = nn.BatchNorm2d(3).eval(), torch.randn(4, 3, 8, 8) * 3 + 5
    with keep_running_statistics(norm):
        assert torch.equal(norm(images), norm(images)) and torch.allclose(norm(images), images, rtol=1e-4)
    assert not norm.training


def options_of(module: nn.Module) -> list:
    return [(m.momentum, m.track_running_stats) for m in module.modules() if hasattr(m, 'momentum')]


@pytest.mark.parametrize('error', [False, True])
def test_options_are_restored_also_after_an_error(error):
    module = network()
    module[0].momentum = None
    try:
        with keep_running_statistics(module):
            assert options_of(module) != options_of(network())
            if error:
                raise RuntimeError
    except RuntimeError:
        assert error
    assert options_of(module) == [(None, True), (0.7, True), (0.01, True), (0.1, False)]


def test_an_outer_context_still_holds_after_an_inner_one():
    module = network()
    before = options_of(module)
    with keep_running_statistics(module):
        with keep_running_statistics(module):
            pass
        unmoved = running(module)
        module(torch.randn(4, 3, 8, 8) + 5)
        assert all(equal(unmoved, running(module)))
    assert options_of(module) == before


@pytest.mark.parametrize('momentum', [0.1, None])
def test_statistics_are_those_of_a_run_that_never_saw_the_view(momentum):
    """With momentum None the average is over the batches counted: a view must not count."""
    norm = nn.BatchNorm2d(3, momentum=momentum)
    control = copy.deepcopy(norm)
    for _ in range(3):
        images = torch.randn(4, 3, 8, 8) + 5
        norm(images)
        control(images)
        with keep_running_statistics(norm):
            norm(torch.randn(4, 3, 8, 8) - 50)
    assert all(torch.equal(x, control.state_dict()[name]) for name, x in norm.state_dict().items())


def test_a_view_that_overflows_does_not_spoil_the_statistics():
    norm = nn.BatchNorm2d(3)
    with keep_running_statistics(norm):
        norm(torch.full((2, 3, 4, 4), torch.inf))
    assert norm.running_mean.isfinite().all() and norm.running_var.isfinite().all()
