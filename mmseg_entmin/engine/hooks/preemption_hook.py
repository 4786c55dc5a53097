# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Saves and stops when a scheduler wants its machine back."""
import atexit
import multiprocessing
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from torch import distributed as dist

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import HOOKS
from mmseg_entmin.words import amount

from .safe_checkpoint_hook import SafeCheckpointHook, at_cycle_end

PREEMPTED = 75  # EX_TEMPFAIL of sysexits.h, which Windows lacks: try again later
UNCAUGHT = ('SIGKILL', 'SIGSTOP')
SIGNALS = tuple(name for name in ('SIGTERM', 'SIGUSR1') if hasattr(signal, name))


class Preempted(SystemExit):
    """Ends the process with status 75: the training is saved, and ``--resume`` continues it."""

    def __init__(self) -> None:
        super().__init__(PREEMPTED)


@HOOKS.register_module()
class PreemptionHook(Hook):
    """After a signal, finishes the running step, saves a checkpoint, and ends the process with status 75.

    One process of several is enough to get the signal; they agree one step later over the CPU, so that no step waits.
    A validation is cut off. A training by epochs stops without saving and later repeats the epoch. ``signals``: names;
    default: SIGTERM, which schedulers send before they kill, and SIGUSR1, Slurm's warning (``--signal=USR1@60``).
    """

    priority = 'LOWEST'

    def __init__(self, signals: Sequence[str] = SIGNALS) -> None:
        unknown = [name for name in signals if name not in signal.Signals.__members__ or name in UNCAUGHT]
        if isinstance(signals, str) or unknown:
            raise OptionError('PreemptionHook', 'signals', signals, 'give a list of signals that can be caught, like '
                              f'{list(SIGNALS)}')
        self.signals = [getattr(signal, name) for name in signals]
        self.received = 0
        self.previous: dict = {}
        self.group = None
        self.pending: tuple | None = None

    def before_train(self, runner) -> None:
        if threading.current_thread() is not threading.main_thread():  # no other thread may handle signals
            return
        self.previous = {number: signal.signal(number, self._note) for number in self.signals}
        for loop in filter(None, (runner.train_loop, runner.val_loop)):
            loader = loop.dataloader
            loader.worker_init_fn = partial(ignore_signals, loader.worker_init_fn, self.signals)
        atexit.register(end_workers)
        if get_world_size() > 1:
            self.group = dist.new_group(backend='gloo')

    def after_train_iter(self, runner, batch_idx: int, data_batch: Any = None, outputs: dict | None = None) -> None:
        if at_cycle_end(runner, runner.iter + 1) and self._agreed():
            self._stop(runner, runner.iter + 1)

    def after_val_iter(self, runner, batch_idx: int, data_batch: Any = None, outputs: Any = None) -> None:
        """Each rank decides for itself: their numbers of batches may differ."""
        if self.received and self.previous:
            self.pending = self.group = None
            self._stop(runner, runner.iter)

    def after_train(self, runner) -> None:
        self._wait()
        while self.previous:
            signal.signal(*self.previous.popitem())

    def _note(self, number: int, frame: Any) -> None:
        self.received = number

    def _agreed(self) -> bool:
        """Whether to stop after this step; the same on all ranks."""
        if self.group is None:
            return self.received > 0
        stop = self._wait()
        flag = torch.tensor([self.received])
        self.pending = dist.all_reduce(flag, dist.ReduceOp.MAX, self.group, async_op=True), flag
        return stop

    def _wait(self) -> bool:
        """Whether a rank had got a signal one step ago."""
        if self.pending is None:
            return False
        (work, flag), self.pending = self.pending, None
        work.wait()
        self.received = max(self.received, int(flag))
        return bool(flag)

    def _stop(self, runner, iters: int) -> None:
        self._wait()
        hook = next((hook for hook in runner.hooks if isinstance(hook, SafeCheckpointHook)), None)
        saved = hook is not None and hook.save_now(runner, iters)
        if self.group is not None:
            dist.barrier(self.group)  # a launcher may kill all ranks as soon as one ends: rank 0 may be writing
        if is_main_process():
            what = 'all is saved' if saved else 'a resumed training begins where it was saved last'
            runner.logger.warning(f'Stopped by {signal.Signals(self.received).name} after '
                                  f'{amount(iters, "iteration")}; {what}. '
                                  f'Go on with --resume (exit status {PREEMPTED})')
        raise Preempted


def ignore_signals(worker_init_fn: Callable | None, signals: Sequence[int], worker_id: int) -> None:
    """Starts a worker that ignores the signals: a loader without its worker would raise in the middle of a step."""
    for number in signals:
        signal.signal(number, signal.SIG_IGN)
    if worker_init_fn is not None:
        worker_init_fn(worker_id)


def end_workers() -> None:
    """Kills the remaining workers when the program ends: they ignore the signal by which Python ends them."""
    if hasattr(signal, 'SIGCHLD'):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # torch's handler would raise for each
    for process in multiprocessing.active_children():
        if process.daemon:
            process.kill()
