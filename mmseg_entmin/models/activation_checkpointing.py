# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Activation checkpointing (``with_cp``), and the methods that it does not work with."""
from mmengine.utils.dl_utils.parrots_wrapper import _BatchNorm
from torch import nn

from mmseg_entmin.errors import OptionError

from .options import owner_name


def checkpointed_parts(*modules: nn.Module, containing: type = nn.Module) -> list[nn.Module]:
    """The parts of the modules whose forward runs again in the backward pass and that contain a layer of this type."""
    return [part for module in modules for part in module.modules()
            if getattr(part, 'with_cp', False) and any(isinstance(inner, containing) for inner in part.modules())]


def refuse_checkpointed_norms(owner: object, backbone: nn.Module) -> None:
    """Raise an OptionError for a checkpointed batch norm: its second run would move the running statistics again."""
    if checkpointed_parts(backbone, containing=_BatchNorm):
        refuse_checkpointing(owner, 'its views would move the running statistics')


def refuse_checkpointing(owner: object, consequence: str) -> None:
    """Raise an OptionError that names the owner and what would go wrong."""
    raise OptionError(owner_name(owner), 'with_cp', True, 'backbone.with_cp computes the forward again in the backward '
                      f'pass, where {consequence}; remove it')
