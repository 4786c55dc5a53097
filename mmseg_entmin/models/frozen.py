# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Modules that a loss passes through without training them."""
from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def frozen(*modules: nn.Module) -> Iterator[None]:
    """What runs inside the context gives no gradient to the modules' parameters; their inputs still get theirs."""
    parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)
