# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Progress of a run on a terminal."""
import sys
import time

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from mmseg_entmin.engine.hooks.terminal_bar import TerminalBar, can_show_bar, number
from mmseg_entmin.models.options import check_not_negative
from mmseg_entmin.registry import HOOKS

WINDOW = 10  # iterations over which a loss is averaged, as in the log
# Names in the log that the bar shows elsewhere, and shorter names.
SKIPPED = ('time', 'data_time', 'memory', 'cls.called_absent')  # the last is cls.miss_rate again
NAMES = {'unsup.weight': 'lambda', 'consistency.selected': 'selected', 'unsup.selected': 'selected'}


@HOOKS.register_module()
class ProgressHook(Hook):
    """Bars for training, validation and test: iteration, time left, losses, mIoU, lambda, selected share, rate, memory.

    On a terminal (and without ``TERM=dumb`` and ``CI``) the bar of the first process replaces the log's lines of single
    iterations. It is drawn between iterations, every ``interval`` seconds (default 0.2, >= 0), from MMEngine's message
    hub, so that no step waits for the device. Without a GPU the hook logs the process's peak ``memory`` in MiB.
    """

    priority = 'VERY_LOW'  # after the hooks that log

    def __init__(self, interval: float = 0.2) -> None:
        check_not_negative(self, interval=interval)
        self.interval = interval
        self.bar: TerminalBar | None = None
        self.next_time = 0.

    def before_train(self, runner) -> None:
        self.log_memory(runner)
        self.add_bar(runner, 'train', runner.max_iters, runner.iter)

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        done = runner.iter + 1
        if self.is_due(done == runner.max_iters):
            self.log_memory(runner)
            if self.bar:
                self.bar.update('train', done, seconds_left(runner), values(runner.message_hub.log_scalars))

    def after_train(self, runner) -> None:
        self.stop()

    def _before_epoch(self, runner, mode: str = 'train') -> None:
        if mode != 'train':
            self.add_bar(runner, mode, len(getattr(runner, f'{mode}_dataloader')))

    def _after_iter(self, runner, batch_idx: int, data_batch=None, outputs=None, mode: str = 'train') -> None:
        if self.bar and self.is_due(batch_idx + 1 == len(getattr(runner, f'{mode}_dataloader'))):
            self.bar.update(mode, batch_idx + 1, seconds_left(runner))

    def _after_epoch(self, runner, mode: str = 'train') -> None:
        if mode == 'val' and self.bar:
            self.bar.show(values(runner.message_hub.log_scalars))  # with the new mIoU
        if mode != 'train' and self.bar and self.bar.remove(mode):
            self.stop()  # a validation or test of its own

    def add_bar(self, runner, name: str, total: int, done: int = 0) -> None:
        if self.bar is None and is_main_process() and can_show_bar():
            self.bar = TerminalBar(runner.logger)
        if self.bar:
            self.bar.add(name, total, done)

    def stop(self) -> None:
        if self.bar:
            self.bar.stop()
            self.bar = None

    def is_due(self, last: bool) -> bool:
        """Whether to draw now: always the last iteration."""
        now = time.monotonic()
        if now < self.next_time and not last:
            return False
        self.next_time = now + self.interval
        return True

    @staticmethod
    def log_memory(runner) -> None:
        if not uses_gpu():
            runner.message_hub.update_scalar('train/memory', peak_memory_mib())


def seconds_left(runner) -> float | None:
    """The estimate of IterTimerHook for the running loop; None without that hook."""
    return runner.message_hub.runtime_info.get('eta')


def values(scalars: dict) -> dict[str, str]:
    """Names and texts to show, from the scalars that the training logs."""
    shown = {}
    for key, history in scalars.items():
        mode, _, name = key.partition('/')
        if key == 'val/mIoU':
            shown['mIoU'] = f'{history.current():.2f}'
        if mode != 'train' or name in SKIPPED:
            continue
        value = history.mean(WINDOW) if 'loss' in name or 'grad_norm' in name else history.current()
        text = f'{100 * value:.1f} %' if name.endswith('.selected') else number(float(value))
        shown[NAMES.get(name, name.replace('loss_', ''))] = text
    order = sorted(shown, key=lambda name: (name not in ('loss', 'mIoU'), name.endswith('lr')))
    shown = {name: shown[name] for name in order}
    if memory := peak_memory_mib():
        shown['memory'] = f'{memory} MiB'
    return shown


def uses_gpu() -> bool:
    """Whether the run uses the memory of a GPU, which MMEngine logs itself."""
    return torch.cuda.is_available()


def peak_memory_mib() -> int:
    """Peak in MiB on the current GPU, without waiting for it, or of the process without its workers; 0 if unknown."""
    if uses_gpu():
        return torch.cuda.max_memory_allocated() >> 20
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> (20 if sys.platform == 'darwin' else 10)  # bytes there, KiB elsewhere
