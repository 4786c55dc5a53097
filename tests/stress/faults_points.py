# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Named points of a training at which its process can kill itself."""
import builtins
import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from mmengine.model import BaseModel

from mmseg_entmin import atomic
from mmseg_entmin.engine.hooks import safe_checkpoint_hook
from mmseg_entmin.engine.runner import ResumableRunner


def die(number: int = signal.SIGKILL) -> None:
    os.kill(os.getpid(), number)


def at_call(owner: Any, name: str, count: int, act: Callable[[], None] = die, after: bool = False) -> None:
    """Call ``act`` before (or after) the given call, counted from 1, of a function of a class or module."""
    original, calls = getattr(owner, name), 0

    def function(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == count and not after:
            act()
        result = original(*args, **kwargs)
        if calls == count and after:
            act()
        return result

    setattr(owner, name, function)


def at_event(event: str, count: int, act: Callable[[], None] = die) -> None:
    """Call ``act`` at the given occurrence, counted from 1, of a hook event, before the hooks."""
    original, calls = ResumableRunner.call_hook, 0

    def call_hook(runner, name, **kwargs):
        nonlocal calls
        calls += name == event
        if name == event and calls == count:
            act()
        return original(runner, name, **kwargs)

    ResumableRunner.call_hook = call_hook


class HalfWritten:
    """A file that writes half of the data to disk and then calls ``act``."""

    def __init__(self, file, act: Callable[[], None]) -> None:
        self.file, self.act = file, act

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def write(self, data: bytes) -> None:
        self.file.write(data[:len(data) // 2])
        self.file.flush()
        self.act()


def in_write(count: int, act: Callable[[], None] = die) -> None:
    """Call ``act`` when half of the given file is written; a checkpoint and ``last_checkpoint`` count as two files."""
    calls = 0

    def open_half(path, mode):
        nonlocal calls
        calls += 1
        file = builtins.open(path, mode)
        return HalfWritten(file, act) if calls == count else file

    atomic.open = open_half


# Each function takes the number of the occurrence at which the process kills itself.
POINTS: dict[str, Callable[[int], None]] = {
    'before a step': partial(at_event, 'before_train_iter'),
    'in the forward pass': partial(at_call, BaseModel, 'parse_losses'),
    'in the backward pass': partial(at_call, torch.Tensor, 'backward', after=True),
    'in the optimizer': partial(at_call, torch.optim.AdamW, 'step', after=True),
    'after a step, before its hooks': partial(at_event, 'after_train_iter'),
    'in the validation': partial(at_event, 'after_val_iter'),
    'after the validation, before its hooks': partial(at_event, 'after_val_epoch'),
    'in the write of a file': in_write,
    'before its fsync': partial(at_call, atomic.os, 'fsync'),
    'before its rename': partial(at_call, atomic.os, 'replace'),
    'after its rename': partial(at_call, atomic.os, 'replace', after=True),
    'before old files are removed': partial(at_call, safe_checkpoint_hook.KeepUntilFlush, 'flush'),
    'after old files are removed': partial(at_call, safe_checkpoint_hook.KeepUntilFlush, 'flush', after=True),
}
