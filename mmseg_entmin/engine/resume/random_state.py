# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The random states of a process, and other states that each rank of a distributed training has."""
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from mmengine.dist import all_gather_object, get_rank, get_world_size
from mmengine.model import is_model_wrapper
from torch import nn


def get_random_state() -> dict:
    """The states of Python, NumPy, torch and the current GPU, as tensors and plain values (``weights_only=True``)."""
    version, keys, gauss = random.getstate()
    _, numpy_keys, position, has_gauss, cached = np.random.get_state()
    state = dict(
        python=[version, torch.tensor(keys), gauss], torch=torch.get_rng_state(),
        numpy=[torch.from_numpy(numpy_keys.astype(np.int64)), int(position), int(has_gauss), float(cached)])
    if torch.cuda.is_available():
        state['cuda'] = torch.cuda.get_rng_state()
    return state


def set_random_state(state: dict) -> None:
    """Sets the result of `get_random_state`; its tensors may be on any device."""
    version, keys, gauss = state['python']
    random.setstate((version, tuple(keys.tolist()), gauss))
    keys, position, has_gauss, cached = state['numpy']
    np.random.set_state(('MT19937', keys.cpu().numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state['torch'].cpu())
    if 'cuda' in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state['cuda'].cpu())


def seed_everything(entropy: Sequence[int], seed_torch: Callable[[int], object] = torch.manual_seed) -> None:
    """Seeds Python, NumPy and torch (default: on all devices) from non-negative numbers."""
    seeds = np.random.SeedSequence(entropy).generate_state(3).tolist()
    random.seed(seeds[0])
    np.random.seed(seeds[1])
    seed_torch(seeds[2])


_NUMPY = np.random.MT19937()


@contextmanager
def seeded(entropy: Sequence[int]) -> Iterator[None]:
    """Inside it, Python, NumPy and torch on the CPU draw from a seed made of non-negative numbers; their states are
    restored afterwards, but for a second Gaussian number that NumPy had in store. It costs about 20 microseconds."""
    states = random.getstate(), np.random.get_bit_generator(), torch.get_rng_state()
    np.random.set_bit_generator(_NUMPY)
    seed_everything(entropy, torch.default_generator.manual_seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_bit_generator(states[1])
        torch.set_rng_state(states[2])


def gather_rank_states(model: nn.Module) -> list[dict]:
    """Random states of all ranks in order and, beyond rank 0, the model's buffers; every rank has to call this."""
    state = dict(random=get_random_state())
    if get_rank() > 0:
        state['buffers'] = {name: buffer.cpu() for name, buffer in _unwrap(model).named_buffers()}
    return all_gather_object(state) if get_world_size() > 1 else [state]


def restore_rank_state(model: nn.Module, state: dict) -> None:
    """Sets the state of this rank."""
    set_random_state(state['random'])
    saved = state.get('buffers', {})
    for name, buffer in _unwrap(model).named_buffers():
        if name in saved:
            buffer.copy_(saved[name])


def _unwrap(model: nn.Module) -> nn.Module:
    return model.module if is_model_wrapper(model) else model
