# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Large maps worked through in blocks, so that what lies between input and result never exists as a whole."""
from collections.abc import Iterator

from torch import Tensor

# Elements of a block: on a CPU what stays in a core's cache (0.5 MiB of float32), on a GPU enough that a step has few
# blocks, each of which takes some hundred calls forward and backward (64 MiB).
CPU_BLOCK, GPU_BLOCK = 2**17, 2**24


def blocks(x: Tensor, dim: int) -> Iterator[tuple[slice, ...]]:
    """Indices of the blocks of a (N, C, h, w): whole images where one fits, else slices of an image along ``dim``.

    Args:
        x: the tensor; a block has at most ``CPU_BLOCK`` or ``GPU_BLOCK`` elements, but at least one slice.
        dim: 1, the channels, or 2, the rows.
    """
    limit = CPU_BLOCK if x.device.type == 'cpu' else GPU_BLOCK
    images = max(1, limit // max(1, x[0].numel()))
    step = x.shape[dim] if x[0].numel() <= limit else max(1, limit * x.shape[dim] // x[0].numel())
    for first in range(0, len(x), images):
        for start in range(0, x.shape[dim], step):
            part = slice(start, start + step)
            yield (slice(first, first + images), part) if dim == 1 else (
                slice(first, first + images), slice(None), part)
