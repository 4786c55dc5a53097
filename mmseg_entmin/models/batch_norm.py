# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which images share batch statistics, and which forwards move the running ones."""
import itertools
from contextlib import contextmanager
from functools import partial
from typing import Iterator, List, Optional, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class BatchParts:
    """Parts of a batch that every batch norm of a network normalizes apart, each by statistics of its own.

    One forward of the parts together then gives what one forward of each in turn gives: outputs, gradients, and
    running statistics, which every part moves in its turn. SyncBN works the same way on every rank.

    Parts of one size take turns in the batch, image by image: a batch norm then sees them as so many times the
    channels, and nothing is copied. Others follow one another.

    Args:
        sizes: images of each part; None: the batch is one.

    ``sizes`` stays as it is after the forward, so that activation checkpointing, which computes parts of the forward
    again in the backward pass, finds it.
    """

    def __init__(self, sizes: Optional[Sequence[int]] = None) -> None:
        self.sizes = sizes
        self.attached = False

    def attach(self, *modules: Optional[nn.Module]) -> None:
        """Let the batch norms of the modules see the parts: once, and late, since MMEngine replaces SyncBN."""
        if not self.attached:
            for norm in (m for module in modules if module is not None for m in module.modules()):
                if isinstance(norm, _BatchNorm):
                    norm.forward = partial(_forward_parts, norm, self)
            self.attached = True

    @property
    def take_turns(self) -> bool:
        return len(set(self.sizes)) == 1

    def join(self, parts: Sequence[Tensor]) -> Tensor:
        """The batch of the parts, each (n_k, ...)."""
        if not self.take_turns:
            return torch.cat(tuple(parts))
        if parts[0].dim() == 4 and parts[0].is_contiguous(memory_format=torch.channels_last):
            return torch.stack([part.permute(0, 2, 3, 1) for part in parts], dim=1).flatten(0, 1).permute(0, 3, 1, 2)
        return torch.stack(tuple(parts), dim=1).flatten(0, 1)

    def split(self, x: Tensor) -> Sequence[Tensor]:
        """The parts of a batch, as views."""
        return x.unflatten(0, (-1, len(self.sizes))).unbind(1) if self.take_turns else x.split(self.sizes)

    def slices(self) -> List[slice]:
        """Where the images of each part are in the batch."""
        if self.take_turns:
            return [slice(place, None, len(self.sizes)) for place in range(len(self.sizes))]
        ends = [*itertools.accumulate(self.sizes)]
        return [slice(end - size, end) for end, size in zip(ends, self.sizes)]


def _forward_parts(norm: _BatchNorm, parts: BatchParts, x: Tensor) -> Tensor:
    forward = partial(type(norm).forward, norm)
    if parts.sizes is None or not norm.training:
        return forward(x)
    if len(x) != sum(parts.sizes):
        raise ValueError(f'a batch norm got {len(x)} maps for {sum(parts.sizes)} images, so that it cannot tell '
                         "labeled from unlabeled ones; set model.forward_mode='two'")
    if parts.take_turns and type(norm) is nn.BatchNorm2d and norm.momentum is not None and x.is_contiguous():
        return _parts_as_channels(norm, len(parts.sizes), x)
    return parts.join([forward(part) for part in parts.split(x)])


def _parts_as_channels(norm: nn.BatchNorm2d, count: int, x: Tensor) -> Tensor:
    """Images of ``count`` parts in turns (N, C, h, w), seen as (N / count, count C, h, w), which is the same memory."""
    moves = norm.track_running_stats and norm.running_mean is not None
    running = [norm.running_mean, norm.running_var] if moves else []
    moved = [old.repeat(count) for old in running]
    affine = [p.repeat(count) for p in (norm.weight, norm.bias)] if norm.affine else [None, None]
    out = F.batch_norm(x.view(-1, count * x.shape[1], *x.shape[2:]), *(moved or [None, None]), *affine, True,
                       norm.momentum, norm.eps)
    with torch.no_grad():
        kept = 1 - norm.momentum
        for old, new in zip(running, moved):
            first, *others = new.view(count, -1)
            for other in others:  # which has started from the old ones too, not from what the part before has left
                first = kept * first + (other - kept * old)
            old.copy_(first)
        if moves:
            norm.num_batches_tracked.add_(count)
    # no view for autograd: the activation that follows works in place, which would have it copy the whole map
    return torch.ops.aten._unsafe_view(out, x.shape)


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
