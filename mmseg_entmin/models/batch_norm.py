# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which forwards move the running statistics of batch norm."""
from contextlib import contextmanager
from typing import Iterator

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def keep_running_statistics(module: nn.Module) -> Iterator[None]:
    """Inside the context every batch norm normalizes by the batch's statistics and leaves its running ones alone.

    For views that no test image looks like: those that change colors would pull the running statistics, which the test
    uses, away from the images.
    """
    norms = [m for m in module.modules() if isinstance(m, _BatchNorm)]
    tracking = [norm.track_running_stats for norm in norms]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm, tracks in zip(norms, tracking):
            norm.track_running_stats = tracks
