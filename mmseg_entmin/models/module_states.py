# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Modules in another state while a context lasts: with frozen parameters, or in another mode."""
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from torch import nn


@contextmanager
def attribute(owners: Iterable[Any], name: str, value: Any) -> Iterator[None]:
    """Inside the context the attribute of all the objects has this value."""
    with ExitStack() as before:
        for owner in owners:
            before.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)
        yield


def frozen(*modules: nn.Module) -> AbstractContextManager[None]:
    """Inside the context the parameters of the modules get no gradient; the modules' inputs still do."""
    return attribute([p for module in modules for p in module.parameters()], 'requires_grad', False)


def training_mode(modules: Iterable[nn.Module], training: bool) -> AbstractContextManager[None]:
    """Inside the context the modules are in training mode or in eval mode. Their submodules are not changed."""
    return attribute(modules, 'training', training)
