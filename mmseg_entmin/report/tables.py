# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The tables of a report."""
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from .group import Group, difference, spread
from .work_dir import Run

SUMMARY = dict(mIoU='mIoU', mFscore='F1', mPrecision='precision', mRecall='recall', aAcc='accuracy')
CLASS_METRICS = dict(IoU='IoU', Fscore='F1', Precision='precision', Recall='recall', Acc='accuracy', Dice='Dice')


@dataclass
class Cell:
    """Text, and a smaller note beside it that may be a gain or a loss."""

    text: str
    note: str | None = None


@dataclass
class Table:
    """Rows, each a header (a text or a group) and its cells; ``columns`` names the column of the headers too.

    ``long`` says that cells may be long, without a space.
    """

    caption: str
    columns: list[str]
    rows: list[tuple[str | Group, list[Cell]]]
    long: bool = False


def compared(values: Sequence[float], reference: Sequence[float] | None) -> Cell:
    """A cell of a metric in percent; without a reference it is the reference."""
    return Cell(spread(values), None if reference is None else difference(values, reference))


def summary(groups: Sequence[Group]) -> Table:
    """One row a group: its state and the metrics of its last validation."""
    metrics = [group.metrics() for group in groups]
    keys = [key for key in SUMMARY if any(key in found for found in metrics)]
    rows = []
    for group, found in zip(groups, metrics):
        reference = None if group is groups[0] else metrics[0]
        cells = [compared(found.get(key, []), reference and reference.get(key, [])) for key in keys]
        seeds = ', '.join('?' if run.seed is None else str(run.seed) for run in group.runs)
        states = dict.fromkeys(run.state for run in group.runs)
        rows.append((group, [*cells, Cell(seeds), Cell('; '.join(states))]))
    return Table('Metrics of the last validation, in percent; in small print the difference from the first row.',
                 ['run', *(SUMMARY[key] for key in keys), 'seeds', 'trained'], rows)


def by_class(groups: Sequence[Group]) -> list[Table]:
    """One table a metric: classes by groups."""
    found = [group.class_metrics() for group in groups]
    tables = []
    for key in [key for key in CLASS_METRICS if any(key in metrics for metrics in found)]:
        names = list(dict.fromkeys(name for metrics in found for name in metrics.get(key, {})))
        values = [[metrics.get(key, {}).get(name, []) for metrics in found] for name in names]
        rows = [(name, [compared(cell, None if k == 0 else row[0]) for k, cell in enumerate(row)])
                for name, row in zip(names, values)]
        tables.append(Table(f'{CLASS_METRICS[key]} by class, in percent', ['class', *(g.name for g in groups)], rows))
    return tables


def cost(groups: Sequence[Group]) -> Table:
    """Time of an iteration and peak of the memory, as logged."""
    seconds = [[statistics.median(times) for run in group.runs if (times := logged(run, 'time'))] for group in groups]
    rows = []
    for group, mine in zip(groups, seconds):
        relative = f'× {statistics.mean(mine) / statistics.mean(seconds[0]):.2f}' if mine and seconds[0] else '–'
        memory = [max(peaks) for run in group.runs if (peaks := logged(run, 'memory'))]
        rows.append((group, [Cell(spread(mine, 3)), Cell(relative), Cell(spread(memory, 0))]))
    return Table('Median seconds of a training iteration, data loading included, and peak of the memory in MiB (of the '
                 'GPU, or without one of the process).', ['run', 'seconds', 'relative', 'memory, MiB'], rows)


def logged(run: Run, key: str) -> list[float]:
    return [record[key] for record in run.train if key in record]


def settings(groups: Sequence[Group]) -> Table:
    """The keys of the configs that differ."""
    keys = list(dict.fromkeys(key for group in groups for key in group.settings))
    rows = []
    for key in keys:
        values = [group.settings.get(key) for group in groups]
        if any(value != values[0] for value in values[1:]):
            rows.append((key, [Cell(str(group.settings.get(key, '–'))) for group in groups]))
    return Table('Settings that differ', ['key', *(group.name for group in groups)], rows, long=True)


def environments(groups: Sequence[Group]) -> Table:
    """What each run's log says of its environment."""
    keys = list(dict.fromkeys(key for group in groups for run in group.runs for key in run.environment))
    rows = []
    for key in keys:
        cells = []
        for group in groups:
            values = list(dict.fromkeys(run.environment[key] for run in group.runs if key in run.environment))
            cells.append(Cell(', '.join(values) or '–'))
        rows.append((key, cells))
    return Table('Environment, as logged', ['', *(group.name for group in groups)], rows, long=True)
