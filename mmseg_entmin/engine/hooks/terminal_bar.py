# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Progress bars at the bottom of a terminal, with values below them and the log above."""
import atexit
import logging
import math
import os
import sys
from datetime import timedelta

from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.text import Text

NOISE = ('The prefix is not set in metric class', '"FileClient" will be deprecated', '"HardDiskBackend" is the alias')
FOR_THE_FILE = ('Hooks will be executed', 'Distributed training is not used', 'Checkpoints will be saved to')


def can_show_bar() -> bool:
    """Whether standard output is a terminal that can redraw, and not of a CI job."""
    return sys.stdout.isatty() and not os.environ.get('CI') and not Console().is_dumb_terminal


class SafeConsole(Console):
    """Leaves the cursor visible: it would stay hidden if the process were killed."""

    def show_cursor(self, show: bool = True) -> bool:
        return False


class BarsAndValues(Progress):
    """rich's bars, and below them the values as a grid that fits the width."""

    values: dict[str, str] = {}

    def get_renderables(self):
        yield self.make_tasks_table(self.tasks)
        if self.values:
            yield Columns([self.cell(*item) for item in self.values.items()], padding=(0, 3), equal=True)

    @staticmethod
    def cell(name: str, value: str) -> RenderableType:
        style = 'bold red' if value in ('nan', 'inf', '-inf') else 'bold'
        return Text.assemble((f'{name} ', 'dim'), (value, style), no_wrap=True, overflow='ellipsis')


class TerminalBar:
    """Bars by name on standard output, below all printed and logged lines but those of single iterations."""

    def __init__(self, logger: logging.Logger) -> None:
        # drawn on update only: a thread could be copied, while printing, into the data loader's processes
        self.progress = BarsAndValues(
            TextColumn('{task.description}'), BarColumn(bar_width=None), MofNCompleteColumn(), TaskProgressColumn(),
            TextColumn('{task.fields[left]}'), console=SafeConsole(), auto_refresh=False, expand=True)
        self.tasks: dict[str, TaskID] = {}
        self.streams: list[tuple[logging.StreamHandler, object]] = [
            (handler, handler.stream) for handler in logger.handlers
            if isinstance(handler, logging.StreamHandler) and handler.stream in (sys.stdout, sys.stderr)]
        self.progress.start()
        for handler, _ in self.streams:
            handler.setStream(sys.stdout)  # which rich has replaced
            handler.addFilter(is_no_iteration)
        self.previous_excepthook = sys.excepthook
        sys.excepthook = self.stop_and_report
        atexit.register(self.stop)

    def add(self, name: str, total: int, done: int = 0) -> None:
        """Adds a bar of ``total`` steps below the others."""
        self.remove(name)
        self.tasks[name] = self.progress.add_task(name, total=total, completed=done, left='')
        self.progress.refresh()

    def update(self, name: str, done: int, seconds_left: float | None = None, values: dict | None = None) -> None:
        """Draws a bar, and the values if given."""
        left = '' if seconds_left is None else f'{timedelta(seconds=int(seconds_left))} left'
        self.progress.update(self.tasks[name], completed=done, left=left)
        self.show(self.progress.values if values is None else values)

    def show(self, values: dict[str, str]) -> None:
        """Draws the values below the bars."""
        self.progress.values = values
        self.progress.refresh()

    def remove(self, name: str) -> bool:
        """Removes a bar if it exists; whether none is left."""
        task = self.tasks.pop(name, None)
        if task is not None:
            self.progress.remove_task(task)
            self.progress.refresh()
        return not self.tasks

    def stop(self) -> None:
        """Leaves the last state on the terminal, and restores the logger."""
        if sys.excepthook == self.stop_and_report:
            sys.excepthook = self.previous_excepthook
        self.progress.stop()
        for handler, stream in self.streams:
            handler.setStream(stream)
            handler.removeFilter(is_no_iteration)
        self.streams = []
        atexit.unregister(self.stop)

    def stop_and_report(self, kind, error, traceback) -> None:
        """Ends the bars before an uncaught exception is printed."""
        self.stop()
        self.previous_excepthook(kind, error, traceback)


def is_no_iteration(record: logging.LogRecord) -> bool:
    """False for the lines of MMEngine's LoggerHook about single iterations."""
    return not (record.module == 'logger_hook' and record.funcName.endswith('_iter'))


def is_no_noise(record: logging.LogRecord) -> bool:
    """False for warnings of libraries about their own names, which a user cannot follow."""
    return not str(record.msg).startswith(NOISE)


def is_short(record: logging.LogRecord) -> bool:
    """False for the runner's lines about the machine, the config, the hooks and the folder of the checkpoints."""
    return not (record.levelno == logging.INFO and (
        record.funcName == '_log_env' or str(record.msg).startswith(FOR_THE_FILE)))


def number(value: float) -> str:
    """Four decimals, or a mantissa of three digits; 'nan' and 'inf' unchanged."""
    if not math.isfinite(value) or value == 0:
        return f'{value:g}'
    return f'{value:.4f}' if 1e-2 <= abs(value) < 1e4 else f'{value:.2e}'
