# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The table of a comparison, as text and as a file."""
from pathlib import Path

import numpy as np
from prettytable import PrettyTable

from mmseg_entmin.atomic import write_csv

from .methods import label, passes
from .statistics import Difference
from .verdict import Judged, Verdict

FILE = 'table.csv'
HEAD = ('method', 'mIoU', 'difference', '95 % of all', 'p', 'runs', 's a step', 'relative', 'MiB')


def text_table(verdict: Verdict) -> str:
    """One line a method, the difference to the first one."""
    table = PrettyTable(HEAD, align='r')
    table.align[HEAD[0]] = 'l'
    table.add_rows([[label(row.method), *cells(row), *cost(row, verdict.rows[0])] for row in verdict.rows])
    return str(table)


def cells(row: Judged) -> list[str]:
    """mIoU, difference, its interval, p and number of runs."""
    found = row.difference
    return ['' if row.miou is None else f'{row.miou:.2f}',
            '' if found is None or not found.pairs else f'{found.mean:+.2f}', span(found),
            '' if found is None or found.pairs < 2 else f'{found.p:.3f}' if found.p >= 0.001 else '< 0.001',
            f'{row.runs}' + (f', {row.failed} failed' if row.failed else '')
            + (f', dropped after {row.dropped}' if row.dropped else '')]


def span(found: Difference | None) -> str:
    return '' if found is None or found.pairs < 2 else f'{found.low:+.2f} to {found.high:+.2f}'


def cost(row: Judged, baseline: Judged) -> list[str]:
    """Seconds of a step, relative to the baseline's, and memory."""
    relative = '' if None in (row.seconds, baseline.seconds) else f'x {row.seconds / baseline.seconds:.2f}'
    return ['' if row.seconds is None else f'{row.seconds:.3f}', relative,
            '' if row.memory is None else f'{row.memory:.0f}']


def write_table(verdict: Verdict, folder: Path) -> None:
    """Writes table.csv: without times, so that a comparison that was killed and went on has the same file."""
    classes = list(dict.fromkeys(name for row in verdict.rows for name in row.classes))
    head = ['method', 'mIoU', 'difference', 'low', 'high', 'detectable', 'p', 'runs', 'failed', 'dropped', 'passes',
            *(f'{part} of {name}' for name in classes for part in ('difference', 'low', 'high'))]
    rows = []
    for row in verdict.rows:
        found = row.difference
        values = [found.mean, found.low, found.high, found.detectable, found.p] if found else [None] * 5
        values += [row.runs, row.failed, row.dropped, passes(row.method)]
        for name in classes:
            part = row.classes.get(name)
            values += [part.mean, part.low, part.high] if part else [None] * 3
        rows.append([row.method, row.miou, *values])
    write_csv([head, *([repr(float(value)) if isinstance(value, (float, np.floating)) else value for value in row]
                       for row in rows)], folder / FILE)
