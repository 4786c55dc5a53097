# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which images a batch norm normalizes together, and which forwards update its running statistics."""
import itertools
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from .module_states import attribute


class BatchParts:
    """Parts of a batch that every batch norm of a network normalizes separately, each by its own statistics::

        parts.attach(network)
        parts.begin([4, 4])
        outputs = parts.split(network(parts.join([labeled, unlabeled])))
        parts.update_running_statistics()

    One forward of the joined parts equals one forward of each part after the other, in outputs, gradients and running
    statistics. (With parts of different sizes, a batch norm that runs twice in a forward is updated call by call.)
    Parts of equal size are interleaved image by image, so that a batch norm sees them as a multiple of the channels,
    without a copy; others are concatenated. SyncBN works the same way on every rank.

    Args:
        updating: the parts that update the running statistics. Default: all.
    """

    def __init__(self, updating: slice = slice(None)) -> None:
        # Images of each part, or None for one part. Activation checkpointing needs it in the backward pass too.
        self.sizes: Sequence[int] | None = None
        self.updating = updating
        self.norms: list[PartsOfNorm] | None = None

    def attach(self, *modules: nn.Module | None) -> None:
        """Replace the forward of the modules' batch norms, at the first call, after MMEngine has replaced SyncBN."""
        if self.norms is None:
            self.norms = [PartsOfNorm(m) for module in modules if module is not None for m in module.modules()
                          if isinstance(m, _BatchNorm)]
            for norm in self.norms:
                norm.norm.forward = partial(_forward_parts, norm, self)

    @torch.no_grad()
    def begin(self, sizes: Sequence[int] | None) -> None:
        """Call it before a forward of parts of these sizes; None: of a batch that is one part."""
        self.sizes = sizes
        if sizes is not None:
            norms = self.norms or ()
            for norm in norms:
                norm.begin(len(sizes))
            ready = [norm for norm in norms if norm.copies]
            if ready:
                torch._foreach_copy_([copy for norm in ready for part in norm.parts for copy in part],
                                     [source for norm in ready for _ in norm.parts for source in norm.sources()])

    @torch.no_grad()
    def update_running_statistics(self) -> None:
        """Call it after the forward: each updating part in its turn, for all batch norms at once."""
        ran = [norm for norm in self.norms or () if norm.calls]
        if ran:
            running = [statistic for norm in ran for statistic in norm.sources()[:2]]
            kept = [(1 - norm.norm.momentum)**norm.calls for norm in ran for _ in range(2)]
            old = torch._foreach_mul(running, kept)
            first, *others = zip(*([part[:2] for part in norm.parts[self.updating]] for norm in ran))
            updated = [statistic for pair in first for statistic in pair]
            for other in others:  # every part started from the old statistics, not from those of the part before it
                updated = torch._foreach_mul(updated, kept)
                torch._foreach_add_(updated, torch._foreach_sub([part for pair in other for part in pair], old))
            torch._foreach_copy_(running, updated)
            torch._foreach_add_([norm.norm.num_batches_tracked for norm in ran],
                                [len(norm.parts[self.updating]) * norm.calls for norm in ran])

    @property
    def interleaved(self) -> bool:
        return len(set(self.sizes)) == 1

    def join(self, parts: Sequence[Tensor]) -> Tensor:
        """The batch made of the parts, each (n_k, ...)."""
        if not self.interleaved:
            return torch.cat(tuple(parts))
        if parts[0].dim() == 4 and parts[0].is_contiguous(memory_format=torch.channels_last):
            return torch.stack([part.permute(0, 2, 3, 1) for part in parts], dim=1).flatten(0, 1).permute(0, 3, 1, 2)
        return torch.stack(tuple(parts), dim=1).flatten(0, 1)

    def split(self, x: Tensor | Sequence) -> Sequence:
        """The parts of a batch, as views; of several maps of a batch, or pairs of map and class token, likewise."""
        if not isinstance(x, Tensor):
            return [*zip(*map(self.split, x))]
        return x.unflatten(0, (-1, len(self.sizes))).unbind(1) if self.interleaved else x.split(self.sizes)

    def slices(self) -> list[slice]:
        """The indices of each part's images in the batch."""
        if self.interleaved:
            return [slice(place, None, len(self.sizes)) for place in range(len(self.sizes))]
        ends = [*itertools.accumulate(self.sizes)]
        return [slice(end - size, end) for end, size in zip(ends, self.sizes)]


class PartsOfNorm:
    """A batch norm with a copy of its running statistics, and of frozen parameters, for each part."""

    def __init__(self, norm: _BatchNorm) -> None:
        self.norm = norm
        self.calls = 0  # since the forward began
        self.copies: list[Tensor] = []
        self.parts: list[Sequence[Tensor]] = []  # views of the copies, part by part

    def sources(self) -> list[Tensor]:
        norm = self.norm
        frozen = norm.affine and not (norm.weight.requires_grad or norm.bias.requires_grad)
        return [norm.running_mean, norm.running_var, *([norm.weight, norm.bias] if frozen else [])]

    def begin(self, count: int) -> None:
        """Drop the copies if the number of parts, or the device or type of their sources, has changed."""
        self.calls = 0
        if self.copies:
            like = [(count * len(source), source.device, source.dtype) for source in self.sources()]
            if like != [(len(copy), copy.device, copy.dtype) for copy in self.copies]:
                self.copies = []

    def forward(self, count: int, x: Tensor) -> Tensor:
        """Normalize interleaved maps (N, C, h, w) of ``count`` parts, viewed as (N / count, count * C, h, w)."""
        norm = self.norm
        running, affine = [None, None], []
        if norm.track_running_stats and norm.running_mean is not None:
            if not self.copies:
                self.copies = [source.detach().repeat(count) for source in self.sources()]
                self.parts = [*zip(*(copy.view(count, -1).unbind() for copy in self.copies))]
            running, affine = self.copies[:2], self.copies[2:]
            self.calls += 1
        if not affine:  # the parameters are trained, or this forward does not update statistics
            affine = [p.repeat(count) for p in (norm.weight, norm.bias)] if norm.affine else [None, None]
        x_parts = x.view(-1, count * x.shape[1], *x.shape[2:])
        out = F.batch_norm(x_parts, *running, *affine, True, norm.momentum, norm.eps)
        # not a view for autograd: the activation that follows works in place, and autograd would copy the whole map
        return torch.ops.aten._unsafe_view(out, x.shape)


def _forward_parts(norm_of_parts: PartsOfNorm, parts: BatchParts, x: Tensor) -> Tensor:
    norm = norm_of_parts.norm
    forward = partial(type(norm).forward, norm)
    if parts.sizes is None or not norm.training:
        return forward(x)
    if len(x) != sum(parts.sizes):
        raise ValueError(f'a batch norm got {len(x)} maps for {sum(parts.sizes)} images, so that it cannot tell '
                         "labeled from unlabeled ones; set model.forward_mode='two'")
    if parts.interleaved and type(norm) is nn.BatchNorm2d and norm.momentum is not None and x.is_contiguous():
        return norm_of_parts.forward(len(parts.sizes), x)
    outputs = []
    for place, part in enumerate(parts.split(x)):
        updates = place in range(len(parts.sizes))[parts.updating]
        with nullcontext() if updates else keep_running_statistics(norm):
            outputs.append(forward(part))
    return parts.join(outputs)


def keep_running_statistics(module: nn.Module) -> AbstractContextManager[None]:
    """Inside the context batch norms normalize by the batch's statistics and do not update their running ones."""
    return attribute([m for m in module.modules() if isinstance(m, _BatchNorm)], 'track_running_stats', False)
