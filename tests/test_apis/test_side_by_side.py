# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Order, bounds and errors of work in threads."""
import threading

import pytest

from mmseg_entmin.apis.side_by_side import ahead, behind


def counted(n, made):
    for item in range(n):
        made.append(item)
        yield item


def test_ahead_gives_the_items_and_makes_two_at_most():
    made = []
    items = ahead(counted(9, made))
    assert next(items) == 0
    assert len(made) <= 3
    assert list(items) == [*range(1, 9)]


@pytest.mark.parametrize('threads', [0, 1, 3])
def test_behind_keeps_the_order_and_bounds_what_waits(threads):
    made = []
    results = behind(lambda item: (item, threading.current_thread().name), counted(20, made), threads)
    first, name = next(results)
    assert first == 0 and len(made) <= threads + 1 and ('MainThread' == name) == (not threads)
    assert [item for item, _ in results] == [*range(1, 20)]


@pytest.mark.parametrize('threads', [0, 2])
def test_the_first_error_is_raised(threads):
    def work(item):
        if item > 2:
            raise OSError(f'no space for {item}')
        return item

    made = []
    with pytest.raises(OSError, match='no space for 3'):
        list(behind(work, counted(100, made), threads))
    assert len(made) < 20
    with pytest.raises(ZeroDivisionError):
        list(ahead(1 // (2 - item) for item in range(5)))
