# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Checkpoints are read as weights, never as programs."""
import os
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint as mmengine_checkpoint

from mmseg_entmin.errors import Refusal

from .downloads import named_downloads

FORCE, TRUST = 'TORCH_FORCE_WEIGHTS_ONLY_LOAD', 'TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD'


class UntrustedCheckpoint(Refusal, ValueError):
    """A checkpoint that holds more than weights."""


def mmengine_types() -> list:
    """The types in MMEngine's checkpoints beside tensors; the official release (0.10.7) does not list them."""
    if hasattr(mmengine_checkpoint, 'get_torch_safe_globals'):
        return mmengine_checkpoint.get_torch_safe_globals()
    dtypes = [type(np.dtype(name)) for name in ('float64', 'int64', 'uint32')]
    arrays = [np.ndarray, np.dtype, np._core.multiarray._reconstruct, np._core.multiarray.scalar]
    return [slice, getattr, HistoryBuffer, *arrays, *dtypes]


@contextmanager
def weights_only() -> Iterator[None]:
    """Within it, ``torch.load`` reads tensors, plain values and MMEngine's types alone, and a failed download is named.
    MMEngine would load anything else in the unsafe way, which runs the code in it; here it is an `UntrustedCheckpoint`.
    """
    if os.environ.get(TRUST) in ('1', 'y', 'yes', 'true'):  # as PyTorch reads it
        with named_downloads():
            yield
        return
    before = os.environ.get(FORCE)
    os.environ[FORCE] = '1'
    try:
        with torch.serialization.safe_globals(mmengine_types()), named_downloads():
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
