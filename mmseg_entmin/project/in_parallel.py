# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Work on many files in several processes."""
import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

FEWEST, AT_ONCE, MOST = 200, 16, 8  # files that are worth it, files a task, processes
_work: Callable


def _start(work: Callable) -> None:
    global _work
    _work = work


def _call(item: Any) -> Any:
    return _work(item)


def in_parallel(work: Callable[[Any], Any], items: Sequence) -> list:
    """The results of `work` for all items, in their order; the first error is raised. Many items are shared among
    the processors that this process may use, in copies of it, where the system can copy a process."""
    processes = min(MOST, len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 1)
    if len(items) < FEWEST or processes < 2 or 'fork' not in multiprocessing.get_all_start_methods():
        return list(map(work, items))
    try:
        with ProcessPoolExecutor(processes, multiprocessing.get_context('fork'), _start, (work, )) as pool:
            return list(pool.map(_call, items, chunksize=AT_ONCE))
    except BrokenProcessPool as error:
        raise OSError(f'one of {processes} processes that read files was ended from outside, as happens where memory '
                      'is short; free some, or take fewer processors (taskset)') from error
