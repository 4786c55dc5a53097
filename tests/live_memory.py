# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Exact memory of a piece of code on a CPU, and host synchronisations in it."""
from typing import Callable, Tuple

import torch
from torch._C._profiler import _EventType
from torch.profiler import profile
from torch.utils._python_dispatch import TorchDispatchMode


def allocated(function: Callable[[], object]) -> Tuple[int, int]:
    """Bytes that a call takes beyond what was there before: at its peak, and at its end (its result is kept till then).

    From the allocator's own record, so that what is temporary within one operation counts as well.
    """
    with profile(profile_memory=True) as profiler:
        result = function()
    events = [*profiler.profiler.kineto_results.experimental_event_tree()]
    sizes = []
    while events:
        event = events.pop()
        events.extend(event.children)
        kind, fields = event.typed
        if kind == _EventType.Allocation:
            sizes.append((event.start_time_ns, fields.alloc_size))
    now = peak = 0
    for _, size in sorted(sizes, key=lambda pair: pair[0]):
        now += size
        peak = max(peak, now)
    del result
    return peak, now


class NoSynchronisation(TorchDispatchMode):
    """Raises at an operation that makes the host wait for the device: a value read, or a size that depends on one."""

    BLOCKING = ('aten::_local_scalar_dense', 'aten::nonzero', 'aten::masked_select', 'aten::is_nonzero',
                'aten::equal', 'aten::_unique2', 'aten::unique_consecutive')

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func._schema.name
        masks = name in ('aten::index', 'aten::index_put', 'aten::index_put_') and any(
            index is not None and index.dtype == torch.bool for index in args[1])
        if name in self.BLOCKING or masks:
            raise AssertionError(f'{name} waits for the device')
        return func(*args, **(kwargs or {}))
