# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Exact memory of a piece of code on a CPU."""
from collections.abc import Callable

from torch._C._profiler import _EventType
from torch.profiler import profile


def allocated(function: Callable[[], object]) -> tuple[int, int]:
    """Bytes that a call allocates: at its peak, and at its end while its result is still alive.

    They come from the allocator's own record, so that what is temporary within one operation counts as well.
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
