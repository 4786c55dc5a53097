# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Frozen modules pass the gradient on and get none; modules change their mode, each alone."""
import pytest
import torch
from torch import nn

from mmseg_entmin.models.module_states import frozen, training_mode


def test_the_gradient_passes_through():
    module, x = nn.Linear(2, 2), torch.randn(1, 2, requires_grad=True)
    with frozen(module):
        y = module(x)
    y.sum().backward()
    assert x.grad.abs().sum() > 0 and all(p.grad is None and p.requires_grad for p in module.parameters())


def test_what_was_frozen_before_stays_so_and_errors_do_not_freeze():
    module = nn.Linear(2, 2)
    module.bias.requires_grad_(False)
    with pytest.raises(RuntimeError), frozen(module):
        raise RuntimeError
    assert module.weight.requires_grad and not module.bias.requires_grad


def test_each_module_alone_changes_its_mode_and_changes_back():
    network = nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(0.5), nn.Sequential(nn.Dropout(0.5))).eval()
    network[1].train()
    with training_mode([network[0], network[1], network[2]], training=True):
        assert [m.training for m in network] == [True, True, True]
        assert not network.training and not network[2][0].training
    assert [m.training for m in network] == [False, True, False]
    with pytest.raises(KeyError), training_mode(network.modules(), training=False):
        assert not any(m.training for m in network.modules())
        raise KeyError
    assert [m.training for m in network] == [False, True, False]
