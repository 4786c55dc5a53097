# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which images share batch statistics, and which forwards move the running ones."""
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class BatchParts:
    """Parts of a batch that every batch norm of a network normalizes apart, each by statistics of its own::

        parts.attach(network)
        parts.begin([4, 4])
        outputs = parts.split(network(parts.join([labeled, unlabeled])))
        parts.settle()

    One forward of the parts together then gives what one forward of each in turn gives: outputs, gradients, and
    running statistics, which every part moves in its turn (of a batch norm that is used twice in a forward: call by
    call, where parts differ in size). SyncBN works the same way on every rank.

    Parts of one size take turns in the batch, image by image: a batch norm then sees them as so many times the
    channels, and nothing is copied. Others follow one another.

    Args:
        moving: the running statistics are moved by so many parts, the first ones. Default: by all.

    ``sizes`` stays as it is after the forward, so that activation checkpointing, which computes parts of the forward
    again in the backward pass, finds it.
    """

    def __init__(self, moving: int | None = None) -> None:
        self.sizes: Sequence[int] | None = None  # images of each part; None: the batch is one
        self.moving = moving
        self.norms: list[PartsOfNorm] | None = None

    def attach(self, *modules: nn.Module | None) -> None:
        """Let the batch norms of the modules see the parts: once, and late, since MMEngine replaces SyncBN."""
        if self.norms is None:
            self.norms = [PartsOfNorm(m) for module in modules if module is not None for m in module.modules()
                          if isinstance(m, _BatchNorm)]
            for norm in self.norms:
                norm.norm.forward = partial(_forward_parts, norm, self)

    def begin(self, sizes: Sequence[int] | None) -> None:
        """Before a forward of parts of these sizes."""
        self.sizes = sizes
        if sizes is not None:
            norms = self.norms or ()
            for norm in norms:
                norm.begin(len(sizes))
            ready = [norm for norm in norms if norm.copies]
            copy_all([copy for norm in ready for part in norm.parts for copy in part],
                     [source for norm in ready for _ in norm.parts for source in norm.sources()])

    @torch.no_grad()
    def settle(self) -> None:
        """After it: the running statistics move by every moving part in its turn, those of all batch norms at once."""
        ran = [norm for norm in self.norms or () if norm.calls]
        if ran:
            running = [statistic for norm in ran for statistic in norm.sources()[:2]]
            kept = [(1 - norm.norm.momentum)**norm.calls for norm in ran for _ in range(2)]
            old = torch._foreach_mul(running, kept)
            first, *others = zip(*([part[:2] for part in norm.parts[:self.moving]] for norm in ran))
            moved = [statistic for pair in first for statistic in pair]
            for other in others:  # which has started from the old ones too, not from what the part before has left
                moved = torch._foreach_mul(moved, kept)
                torch._foreach_add_(
                    moved, torch._foreach_sub([statistic for pair in other for statistic in pair], old))
            copy_all(running, moved)
            torch._foreach_add_([norm.norm.num_batches_tracked for norm in ran],
                                [len(norm.parts[:self.moving]) * norm.calls for norm in ran])

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

    def slices(self) -> list[slice]:
        """Where the images of each part are in the batch."""
        if self.take_turns:
            return [slice(place, None, len(self.sizes)) for place in range(len(self.sizes))]
        ends = [*itertools.accumulate(self.sizes)]
        return [slice(end - size, end) for end, size in zip(ends, self.sizes)]


class PartsOfNorm:
    """A batch norm, and copies of its running statistics, and of its affine parameters if they are frozen, that hold
    them once for each part: the statistics move there during a forward."""

    def __init__(self, norm: _BatchNorm) -> None:
        self.norm = norm
        self.calls = 0  # since the forward began
        self.copies: list[Tensor] = []
        self.parts: list[Sequence[Tensor]] = []  # of the copies, as views

    def sources(self) -> list[Tensor]:
        norm = self.norm
        frozen = norm.affine and not (norm.weight.requires_grad or norm.bias.requires_grad)
        return [norm.running_mean, norm.running_var, *([norm.weight, norm.bias] if frozen else [])]

    def begin(self, count: int) -> None:
        """Forget copies that are of another number of parts, or no longer like what they are copies of."""
        self.calls = 0
        if self.copies:
            like = [(count * len(source), source.device, source.dtype) for source in self.sources()]
            if like != [(len(copy), copy.device, copy.dtype) for copy in self.copies]:
                self.copies = []

    def forward(self, count: int, x: Tensor) -> Tensor:
        """Images of ``count`` parts in turns (N, C, h, w), seen as (N / count, count C, h, w), the same memory."""
        norm = self.norm
        running, affine = [None, None], []
        if norm.track_running_stats and norm.running_mean is not None:
            if not self.copies:
                self.copies = [source.detach().repeat(count) for source in self.sources()]
                self.parts = [*zip(*(copy.view(count, -1).unbind() for copy in self.copies))]
            running, affine = self.copies[:2], self.copies[2:]
            self.calls += 1
        if not affine:  # trained, or a forward that moves no statistics
            affine = [p.repeat(count) for p in (norm.weight, norm.bias)] if norm.affine else [None, None]
        out = F.batch_norm(
            x.view(-1, count * x.shape[1], *x.shape[2:]), *running, *affine, True, norm.momentum, norm.eps)
        # no view for autograd: the activation that follows works in place, which would have it copy the whole map
        return torch.ops.aten._unsafe_view(out, x.shape)


def _forward_parts(norm_of_parts: PartsOfNorm, parts: BatchParts, x: Tensor) -> Tensor:
    norm = norm_of_parts.norm
    forward = partial(type(norm).forward, norm)
    if parts.sizes is None or not norm.training:
        return forward(x)
    if len(x) != sum(parts.sizes):
        raise ValueError(f'a batch norm got {len(x)} maps for {sum(parts.sizes)} images, so that it cannot tell '
                         "labeled from unlabeled ones; set model.forward_mode='two'")
    if parts.take_turns and type(norm) is nn.BatchNorm2d and norm.momentum is not None and x.is_contiguous():
        return norm_of_parts.forward(len(parts.sizes), x)
    outputs = []
    for place, part in enumerate(parts.split(x)):
        moves = parts.moving is None or place < parts.moving
        with nullcontext() if moves else keep_running_statistics(norm):
            outputs.append(forward(part))
    return parts.join(outputs)


@torch.no_grad()
def copy_all(targets: list[Tensor], sources: list[Tensor]) -> None:
    """Each source into its target, on a GPU by few kernels."""
    if targets:
        torch._foreach_copy_(targets, sources)


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
