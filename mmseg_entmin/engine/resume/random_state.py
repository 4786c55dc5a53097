# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The random states of a process: python's, numpy's, torch's and, on a GPU, CUDA's."""
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch


def get_random_state() -> dict:
    """All states as tensors and plain values, which ``torch.load(weights_only=True)`` reads.

    Of several GPUs it is the current one's, the one that this process trains on.
    """
    version, keys, gauss = random.getstate()
    _, numpy_keys, position, has_gauss, cached = np.random.get_state()
    state = dict(
        python=[version, torch.tensor(keys), gauss],
        numpy=[torch.from_numpy(numpy_keys.astype(np.int64)), int(position), int(has_gauss), float(cached)],
        torch=torch.get_rng_state())
    if torch.cuda.is_available():
        state['cuda'] = torch.cuda.get_rng_state()
    return state


def set_random_state(state: dict) -> None:
    """Sets what :func:`get_random_state` returned, whatever device its tensors have been loaded to."""
    version, keys, gauss = state['python']
    random.setstate((version, tuple(keys.tolist()), gauss))
    keys, position, has_gauss, cached = state['numpy']
    np.random.set_state(('MT19937', keys.cpu().numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(state['torch'].cpu())
    if 'cuda' in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state['cuda'].cpu())


def seed_everything(entropy: Sequence[int]) -> None:
    """Seeds python, numpy and torch, on all devices, from non-negative numbers."""
    seeds = np.random.SeedSequence(entropy).generate_state(3).tolist()
    random.seed(seeds[0])
    np.random.seed(seeds[1])
    torch.manual_seed(seeds[2])


_NUMPY = np.random.MT19937()


@contextmanager
def seeded(entropy: Sequence[int]) -> Iterator[None]:
    """Inside the context python, numpy and torch on the CPU draw from a seed of their own; then as if nothing was.

    It costs some 20 microseconds. (numpy draws from another generator meanwhile: getting and setting the state of its
    own would take ten times as long. A second Gaussian number that numpy's own had in store is dropped.)

    Args:
        entropy: non-negative numbers; the same ones give the same draws.
    """
    states = random.getstate(), np.random.get_bit_generator(), torch.get_rng_state()
    seeds = np.random.SeedSequence(entropy).generate_state(3).tolist()
    np.random.set_bit_generator(_NUMPY)
    random.seed(seeds[0])
    np.random.seed(seeds[1])
    torch.default_generator.manual_seed(seeds[2])  # torch.manual_seed would seed the GPUs as well
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_bit_generator(states[1])
        torch.set_rng_state(states[2])
