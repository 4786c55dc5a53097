# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A loss or a gradient that is not finite reaches no weight, whatever the optimizers."""
import math

import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn

from mmseg_entmin.engine.hooks.update_mask import UpdateMask
from mmseg_entmin.engine.optimizers import JointOptimWrapper


@pytest.mark.parametrize('joint', [False, True])
def test_a_bad_loss_with_finite_gradients_moves_nothing_until_the_mask_is_gone(joint):
    net = nn.ModuleDict(dict(a=nn.Linear(1, 1), b=nn.Linear(1, 1)))
    parts = [net] if not joint else net.values()
    wrappers = [OptimWrapper(torch.optim.SGD(part.parameters(), lr=0.1)) for part in parts]
    wrapper = JointOptimWrapper(main=wrappers[0], other=wrappers[1]) if joint else wrappers[0]
    mask, start = UpdateMask(net, wrapper), [p.detach().clone() for p in net.parameters()]

    def moved(offset):
        mask.start()
        wrapper.update_params(sum(p.sum() for p in net.parameters()) + offset)
        return [not torch.equal(p, before) for p, before in zip(net.parameters(), start)]

    assert not any(moved(math.inf)) and mask.bad_gradient
    assert all(moved(0.)) and not mask.bad_gradient
    start = [p.detach().clone() for p in net.parameters()]
    mask.remove()
    assert all(moved(math.inf))


def test_statistics_go_back_to_those_before_the_step_for_a_bad_loss_and_for_a_bad_gradient():
    norm = nn.BatchNorm1d(1)
    wrapper = OptimWrapper(torch.optim.SGD(norm.parameters(), lr=0.1))
    mask = UpdateMask(norm, wrapper)

    def statistics_after(bad_loss=False, bad_gradient=False):
        mask.start()
        loss = norm(torch.randn(4, 1) + 3).sum()
        if bad_gradient:  # sqrt at 0: a finite value, no finite gradient
            loss = loss + (norm.weight * 0).abs().sum().sqrt()
        wrapper.update_params(loss)
        mask.finish(torch.tensor(bad_loss))
        return norm.running_mean.clone()

    good = statistics_after()
    assert good != 0
    assert statistics_after(bad_loss=True) == good and statistics_after(bad_gradient=True) == good


def test_a_bad_gradient_of_any_optimizer_is_told():
    net = nn.ModuleDict(dict(a=nn.Linear(1, 1), b=nn.Linear(1, 1)))
    wrapper = JointOptimWrapper(**{
        name: OptimWrapper(torch.optim.SGD(part.parameters(), lr=0.1)) for name, part in net.items()})
    mask = UpdateMask(net, wrapper)
    mask.start()
    wrapper.update_params((net['a'].weight * 0).abs().sum().sqrt() + net['b'].weight.sum())
    assert mask.bad_gradient
