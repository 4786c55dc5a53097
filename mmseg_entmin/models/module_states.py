# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Modules in another state while a context lasts: with frozen parameters, or in another mode."""
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def frozen(*modules: nn.Module) -> Iterator[None]:
    """Inside the context the parameters of the modules get no gradient; the modules' inputs still do."""
    parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


@contextmanager
def training_mode(modules: Iterable[nn.Module], training: bool) -> Iterator[None]:
    """Inside the context the modules are in training mode or in eval mode. Their submodules are not changed."""
    changed = [module for module in modules if module.training != training]
    for module in changed:
        module.training = training
    try:
        yield
    finally:
        for module in changed:
            module.training = not training
