# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How much memory a run has taken."""
import sys

import torch


def uses_gpu() -> bool:
    """Whether the memory that counts is a GPU's; MMEngine then logs it itself."""
    return torch.cuda.is_available()


def peak_memory_mib() -> int:
    """Peak so far, in MiB: allocated on the current GPU or, without one, by the process, its workers left out.

    Does not wait for the device. 0 where the system does not tell.
    """
    if uses_gpu():
        return torch.cuda.max_memory_allocated() >> 20
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> (20 if sys.platform == 'darwin' else 10)  # bytes there, KiB elsewhere
