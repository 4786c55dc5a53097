# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Activation checkpointing, where what runs again in the backward pass is no longer what ran in the forward."""
from torch import nn


def checkpointed(*modules: nn.Module) -> bool:
    """Whether a part of the modules is computed again in the backward pass (``with_cp``)."""
    return any(getattr(part, 'with_cp', False) for module in modules for part in module.modules())


def check_not_checkpointed(owner: object, consequence: str, *modules: nn.Module) -> None:
    """Raise a ValueError that names the owner and what would follow, if a part of the modules is checkpointed.

    For a method that sets something for the time of a forward alone, which is unset when the part runs again.
    """
    if checkpointed(*modules):
        raise ValueError(f'{type(owner).__name__}: with_cp=True; backbone.with_cp computes the forward again in the '
                         f'backward pass, where {consequence}; take it out')
