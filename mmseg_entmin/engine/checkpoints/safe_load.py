# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Checkpoints are read as weights, never as programs."""
import os
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager

FORCE, TRUST = 'TORCH_FORCE_WEIGHTS_ONLY_LOAD', 'TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'


class UntrustedCheckpoint(ValueError):
    """A checkpoint that holds more than weights; the message is one line."""


@contextmanager
def weights_only() -> Iterator[None]:
    """Within it, ``torch.load`` reads tensors and plain values and refuses all else, as PyTorch does by default.

    MMEngine tries that first, but then reads a checkpoint that was refused in the unsafe way, which runs whatever code
    is in it. Who trusts a checkpoint sets ``TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1``.

    Raises:
        UntrustedCheckpoint: A checkpoint that holds more than weights; the message names what.
    """
    if os.environ.get(TRUST) in ('1', 'y', 'yes', 'true'):  # as PyTorch reads it
        yield
        return
    before = os.environ.get(FORCE)
    os.environ[FORCE] = '1'
    try:
        yield
    except pickle.UnpicklingError as error:
        found = re.search(r'GLOBAL (\S+)', str(error))
        if found is None:
            raise
        raise UntrustedCheckpoint(f'the checkpoint holds {found[1]} beside weights, which could run code; if '
                                  f'you trust it, set {TRUST}=1') from error
    finally:
        os.environ.pop(FORCE)
        if before is not None:
            os.environ[FORCE] = before
