# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Activation checkpointing, where what runs again in the backward pass is no longer what ran in the forward."""

from mmengine.utils.dl_utils.parrots_wrapper import _BatchNorm
from torch import nn

from mmseg_entmin.errors import OptionError


def checkpointed(*modules: nn.Module, holding: type = nn.Module) -> list[nn.Module]:
    """The parts of the modules that are computed again in the backward pass (``with_cp``) and hold such a layer."""
    return [part for module in modules for part in module.modules()
            if getattr(part, 'with_cp', False) and any(isinstance(inner, holding) for inner in part.modules())]


def refuse_moving_statistics(owner: object, backbone: nn.Module) -> None:
    """Raise a ValueError for a checkpointed batch norm, for a method that keeps running statistics in a forward."""
    if checkpointed(backbone, holding=_BatchNorm):
        refuse(owner, 'its views would move the running statistics')


def refuse(owner: object, consequence: str) -> None:
    """Raise a ValueError that names the owner, the option and what would follow."""
    raise OptionError(type(owner).__name__, 'with_cp', True,
                      'backbone.with_cp computes the forward again in the backward pass, where '
                      f'{consequence}; take it out')
