# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A frozen module passes the gradient on and gets none."""
import pytest
import torch
from torch import nn

from mmseg_entmin.models.frozen import frozen


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
