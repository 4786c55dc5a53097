# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The tables of a report."""
import math
import statistics
from collections import namedtuple
from collections.abc import Sequence

from .evaluate import Evaluation
from .group import Group, difference, spread
from .work_dir import Run

SUMMARY = dict(mIoU='mIoU', mFscore='F1', mPrecision='precision', mRecall='recall', aAcc='accuracy',
               mImageDice='Dice by image', mTolerantF1='F1 within tolerance', mBoundaryF1='boundary F1',
               mHD95='HD95 (pixels)')
NO_GAIN = ('HD95', 'mHD95')  # lower is better
BOUNDARIES = dict(ImageDice='Dice by image, in percent', TolerantF1='F1 within {0:g} pixels, in percent',
                  BoundaryF1='F1 of the boundary within {0:g} pixels, in percent', HD95='HD95, in pixels')
CLASS_METRICS = dict(IoU='IoU', Fscore='F1', Precision='precision', Recall='recall', Acc='accuracy', Dice='Dice')
Cell = namedtuple('Cell', 'text note', defaults=[None])  # the note is smaller, such as a gain
# Rows are a header (a text or a group) and its cells; the first column names the headers; cells of a long table break
# inside words.
Table = namedtuple('Table', 'caption columns rows long', defaults=[False])


def compared(values: Sequence[float], reference: Sequence[float] | None) -> Cell:
    """A metric in percent and its difference from the reference, if there is one."""
    return Cell(spread(values), None if reference is None else difference(values, reference))


def summary(groups: Sequence[Group]) -> Table:
    """One row for each group: the metrics of its last validation, its seeds and its state."""
    metrics = [group.metrics() for group in groups]
    keys = [key for key in SUMMARY if any(key in found for found in metrics)]
    rows = []
    for group, found in zip(groups, metrics):
        reference = None if group is groups[0] else metrics[0]
        cells = [compared(found.get(key, []), None if key in NO_GAIN else reference and reference.get(key, []))
                 for key in keys]
        seeds = ', '.join('?' if run.seed is None else str(run.seed) for run in group.runs)
        states = dict.fromkeys(run.state for run in group.runs)
        rows.append((group, [*cells, Cell(seeds), Cell('; '.join(states))]))
    several = any(len(group.runs) > 1 for group in groups)
    explained = ' ± is the standard deviation over seeds: how far single runs lie from their mean.' if several else ''
    return Table('Metrics of the last validation, in percent; in small print the difference from the first row.'
                 + explained, ['run', *(SUMMARY[key] for key in keys), 'seeds', 'trained'], rows)


def by_class(groups: Sequence[Group]) -> list[Table]:
    """One table for each metric: classes by groups."""
    found = [group.class_metrics() for group in groups]
    tables = []
    for key in [key for key in CLASS_METRICS if any(key in metrics for metrics in found)]:
        names = list(dict.fromkeys(name for metrics in found for name in metrics.get(key, {})))
        values = [[metrics.get(key, {}).get(name, []) for metrics in found] for name in names]
        rows = [(name, [compared(cell, None if k == 0 else row[0]) for k, cell in enumerate(row)])
                for name, row in zip(names, values)]
        tables.append(Table(f'{CLASS_METRICS[key]} by class, in percent', ['class', *(g.name for g in groups)], rows))
    return tables


def boundaries(tested: Sequence[tuple[Group, Evaluation]]) -> list[Table]:
    """One table for each measure of the ``BoundaryMetric`` of the tested runs: classes by groups."""
    tested = [(group, evaluation.boundaries) for group, evaluation in tested if evaluation.boundaries is not None]
    found = [metric.compute_metrics(metric.results) for _, metric in tested]
    if not found:
        return []
    classes = tested[0][1].dataset_meta['classes']
    return [Table(caption.format(tested[0][1].tolerance) + ', by class, on the test images',
                  ['class', *(group.name for group, _ in tested)],
                  [(name, [compared([row.get(f'{key}.{name}', math.nan)],
                                    [found[0][f'{key}.{name}']] if place and key not in NO_GAIN else None)
                           for place, row in enumerate(found)])
                   for name in classes]) for key, caption in BOUNDARIES.items()]


def cost(groups: Sequence[Group]) -> Table:
    """Logged time of an iteration, and peak memory."""
    seconds = [[statistics.median(times) for run in group.runs if (times := logged(run, 'time'))] for group in groups]
    rows = []
    for group, mine in zip(groups, seconds):
        relative = f'× {statistics.mean(mine) / statistics.mean(seconds[0]):.2f}' if mine and seconds[0] else '–'
        memory = [max(peaks) for run in group.runs if (peaks := logged(run, 'memory'))]
        rows.append((group, [Cell(spread(mine, 3)), Cell(relative), Cell(spread(memory, 0))]))
    return Table('Median seconds of a training iteration with data loading, and peak memory in MiB (of the GPU; of '
                 'the process without a GPU).', ['run', 'seconds', 'relative', 'memory, MiB'], rows)


def logged(run: Run, key: str) -> list[float]:
    return [record[key] for record in run.train if key in record]


def settings(groups: Sequence[Group]) -> Table:
    """The keys of the configs that differ."""
    keys = list(dict.fromkeys(key for group in groups for key in group.settings))
    rows = [(key, [Cell(str(group.settings.get(key, '–'))) for group in groups]) for key in keys
            if any(group.settings.get(key) != groups[0].settings.get(key) for group in groups)]
    return Table('Settings that differ', ['key', *(group.name for group in groups)], rows, long=True)


def environments(groups: Sequence[Group]) -> Table:
    """The environment of each run, from its log."""
    keys = dict.fromkeys(key for group in groups for run in group.runs for key in run.environment)

    def cell(group: Group, key: str) -> Cell:
        values = dict.fromkeys(run.environment[key] for run in group.runs if key in run.environment)
        return Cell(', '.join(values) or '–')

    rows = [(key, [cell(group, key) for group in groups]) for key in keys]
    return Table('Environment, from the log', ['', *(group.name for group in groups)], rows, long=True)
