# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What each rank of a distributed training has for itself, and a checkpoint of rank 0 would lose."""

from mmengine.dist import all_gather_object, get_rank, get_world_size
from mmengine.model import is_model_wrapper
from torch import nn

from .random_state import get_random_state, set_random_state


def gather_rank_states(model: nn.Module) -> list[dict]:
    """The states of all ranks, in their order; every rank has to call this.

    They are the random states and, beyond rank 0, whose are the checkpoint's own, the model's buffers: batch norms
    that are not synchronized have running statistics, and mean teachers are averages of those.
    """
    state = dict(random=get_random_state())
    if get_rank() > 0:
        state['buffers'] = {name: buffer.cpu() for name, buffer in _unwrap(model).named_buffers()}
    return all_gather_object(state) if get_world_size() > 1 else [state]


def restore_rank_state(model: nn.Module, state: dict) -> None:
    """Sets this rank's state, of as many ranks as there were."""
    set_random_state(state['random'])
    saved = state.get('buffers', {})
    for name, buffer in _unwrap(model).named_buffers():
        if name in saved:
            buffer.copy_(saved[name])


def _unwrap(model: nn.Module) -> nn.Module:
    return model.module if is_model_wrapper(model) else model
