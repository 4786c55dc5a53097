# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Networks and tensors that a method's released code was run on once; the tests of the method record the results.

Everything is in double precision and drawn by NumPy, whose numbers are the same in every version.
"""
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor, nn


def normal(seed: int, *shape: int) -> Tensor:
    """Standard normal numbers."""
    return torch.from_numpy(np.random.RandomState(seed).standard_normal(shape))


def integers(seed: int, high: int, *shape: int) -> Tensor:
    """Integers in 0..high - 1."""
    return torch.from_numpy(np.random.RandomState(seed).randint(high, size=shape))


def fill(module: nn.Module, seed: int) -> nn.Module:
    """The module in double precision, with drawn parameters; their gradients are dropped."""
    module.double()
    with torch.no_grad():
        for place, (name, parameter) in enumerate(sorted(module.named_parameters())):
            scale = name.endswith('weight') and parameter.ndim == 1  # of a norm
            parameter.copy_(0.3 * normal(1000 * seed + place, *parameter.shape) + scale)
            parameter.grad = None
    return module


def projections(tensors: dict[str, Tensor | None], parts: tuple[str, ...] = ('backbone', 'decode_head')) -> list[float]:
    """For each part, the sum of the tensors whose names begin so, times drawn numbers: equal if all of them are."""
    found = []
    for part in parts:
        named = sorted((name, x) for name, x in tensors.items() if name.startswith(part) and x is not None)
        found.append(sum((x.detach().double() * normal(place, *x.shape)).sum().item()
                         for place, (_, x) in enumerate(named)))
    return found


def gradients(module: nn.Module) -> dict[str, Tensor | None]:
    """The gradients of the parameters by name."""
    return {name: parameter.grad for name, parameter in module.named_parameters()}


def assert_as_released(model: nn.Module, optimizer: torch.optim.Optimizer, got: dict, released: Mapping) -> None:
    """What a step computed, in ``got``, and student and teacher after it are those of the released code."""
    optimizer.step()
    model.teacher.update(model)
    got = dict(got, student=projections(dict(model.named_parameters())),
               teacher=projections(dict(model.teacher.named_parameters())))
    for key, value in got.items():
        assert value == pytest.approx(released[key], rel=1e-7), key
