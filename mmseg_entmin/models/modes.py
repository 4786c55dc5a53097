# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Passes in another mode than the network's."""
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def switched(modules: Iterable[nn.Module], training: bool) -> Iterator[None]:
    """Inside the context these modules, each alone and not what it contains, are in training mode or in eval mode."""
    changed = [module for module in modules if module.training != training]
    for module in changed:
        module.training = training
    try:
        yield
    finally:
        for module in changed:
            module.training = not training
