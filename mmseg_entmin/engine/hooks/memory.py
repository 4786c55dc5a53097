# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How much memory a run has taken."""
import sys

import torch


def uses_gpu() -> bool:
    """Whether the run uses the memory of a GPU, which MMEngine logs itself."""
    return torch.cuda.is_available()


def peak_memory_mib() -> int:
    """Peak in MiB on the current GPU or, without one, of the process without its workers; 0 if the system does not
    report it. It does not wait for the device."""
    if uses_gpu():
        return torch.cuda.max_memory_allocated() >> 20
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> (20 if sys.platform == 'darwin' else 10)  # bytes there, KiB elsewhere
