# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Many files are worked on in several processes."""
import os
import signal

import pytest

from mmseg_entmin.project import in_parallel as module
from mmseg_entmin.project.in_parallel import in_parallel


def test_results_keep_their_order_and_few_items_stay_here(monkeypatch):
    assert in_parallel(lambda item: (item, os.getpid()), [3, 1]) == [(3, os.getpid()), (1, os.getpid())]
    monkeypatch.setattr(module, 'FEWEST', 2)
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: {0, 1}, raising=False)
    found = in_parallel(lambda item: (item, os.getpid()), list(range(40)))
    assert [item for item, _ in found] == list(range(40)) and os.getpid() not in {process for _, process in found}


def test_the_first_error_is_raised(monkeypatch):
    monkeypatch.setattr(module, 'FEWEST', 2)
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: {0, 1}, raising=False)

    def work(item):
        if item > 2:
            raise ValueError(f'wrong: {item}')
        return item

    with pytest.raises(ValueError, match='wrong: 3'):
        in_parallel(work, list(range(40)))


def test_a_process_that_is_killed_is_one_line(monkeypatch):
    monkeypatch.setattr(module, 'FEWEST', 2)
    monkeypatch.setattr(os, 'sched_getaffinity', lambda _: {0, 1}, raising=False)
    with pytest.raises(OSError, match='was ended from outside'):
        in_parallel(lambda item: os.kill(os.getpid(), signal.SIGKILL), [1, 2])
