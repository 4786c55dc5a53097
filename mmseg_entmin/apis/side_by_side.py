# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Steps of a long work side by side, in threads, with bounded queues between them."""
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar('Item')
Result = TypeVar('Result')


def ahead(items: Iterator[Item], depth: int = 2) -> Iterator[Item]:
    """The items of an iterator, of which a thread makes up to `depth` while the caller works on the one before."""
    end = object()
    with ThreadPoolExecutor(1) as thread:
        waiting = deque(thread.submit(next, items, end) for _ in range(depth))
        try:
            while (item := waiting.popleft().result()) is not end:
                waiting.append(thread.submit(next, items, end))
                yield item
        finally:
            cancel(waiting)


def behind(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """The results of `work` for the items, in their order. Threads work on one item each, while the caller and whoever
    makes the items go on; 0: the caller waits for each. The first error ends all and is raised."""
    if not threads:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            cancel(waiting)


def cancel(futures: Iterable[Future]) -> None:
    for future in futures:
        future.cancel()
