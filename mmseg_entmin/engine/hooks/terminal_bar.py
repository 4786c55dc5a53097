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


def can_show_bar() -> bool:
    """Whether standard output is a terminal that can draw over itself and that somebody looks at."""
    return sys.stdout.isatty() and not os.environ.get('CI') and not Console().is_dumb_terminal


class SafeConsole(Console):
    """Leaves the cursor visible, as it would stay hidden if the process were killed."""

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
    """Bars by name on standard output, until :meth:`stop`, at the latest when the program ends or fails.

    While they are shown, the logger's lines on the terminal, and whatever else is printed, appear above them; those of
    single iterations, which the bar shows already, are left to the log file.

    Args:
        logger: whose handlers on standard output and error are led above the bars.
    """

    def __init__(self, logger: logging.Logger) -> None:
        console = SafeConsole()
        # drawn on update only: a thread of its own would be copied, mid-print, into the data loader's processes
        self.progress = BarsAndValues(
            TextColumn('{task.description}'), BarColumn(bar_width=None), MofNCompleteColumn(), TaskProgressColumn(),
            TextColumn('{task.fields[left]}'), console=console, auto_refresh=False, expand=True)
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
        """Adds a bar of so many steps, below those that there are."""
        self.remove(name)
        self.tasks[name] = self.progress.add_task(name, total=total, completed=done, left='')
        self.progress.refresh()

    def update(self, name: str, done: int, seconds_left: float | None = None,
               values: dict[str, str] | None = None) -> None:
        """Draws the state of a bar, and of the values unless they are None."""
        left = '' if seconds_left is None else f'{timedelta(seconds=int(seconds_left))} left'
        self.progress.update(self.tasks[name], completed=done, left=left)
        if values is not None:
            self.progress.values = values
        self.progress.refresh()

    def remove(self, name: str) -> bool:
        """Takes a bar away, if there is one of the name; whether none is left."""
        task = self.tasks.pop(name, None)
        if task is not None:
            self.progress.remove_task(task)
            self.progress.refresh()
        return not self.tasks

    def stop(self) -> None:
        """Leaves the last state on the terminal, and gives the logger and the terminal back."""
        if sys.excepthook == self.stop_and_report:
            sys.excepthook = self.previous_excepthook
        self.progress.stop()
        for handler, stream in self.streams:
            handler.setStream(stream)
            handler.removeFilter(is_no_iteration)
        self.streams = []
        atexit.unregister(self.stop)

    def stop_and_report(self, kind, error, traceback) -> None:
        """Ends the bars before an uncaught exception, Ctrl-C included, is printed."""
        self.stop()
        self.previous_excepthook(kind, error, traceback)


def is_no_iteration(record: logging.LogRecord) -> bool:
    """False for what MMEngine's LoggerHook says of single iterations."""
    return not (record.module == 'logger_hook' and record.funcName.endswith('_iter'))


def number(value: float) -> str:
    """Four digits, or three of a mantissa; 'nan' and 'inf' as they are."""
    if not math.isfinite(value) or value == 0:
        return f'{value:g}'
    return f'{value:.4f}' if 1e-2 <= abs(value) < 1e4 else f'{value:.2e}'
