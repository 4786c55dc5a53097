# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the runs gave: one row a run in results.csv, written as a whole after each run."""
import csv
import json
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmseg_entmin.atomic import write_atomic, write_csv
from mmseg_entmin.report.work_dir import read_lines

from .plan import Run

FILE = 'result.json'  # in the work dir of a run that has ended
TABLE = 'results.csv'
CLASS = 'IoU.'  # before the name of a class
TIMES = ('seconds_per_step', 'memory_mib', 'seconds', 'cpu_seconds')  # differ when a comparison is repeated
FIRST = ('run', 'method', 'seed', 'fold', 'share', 'state', 'mIoU')

Row = dict[str, Any]


def write_result(work_dir: Path, more: dict[str, Any]) -> None:
    """Writes what a finished run logged, and `more`; ValueError if it logged no validation."""
    lines = [line for path in sorted(work_dir.glob('*/vis_data/scalars.json')) for line in read_lines(path)]
    scores = [line for line in lines if 'mIoU' in line]
    if not scores:
        raise ValueError(f"'{work_dir}' logged no mIoU; set val_evaluator=dict(type='ClassIoUMetric', ...)")
    metrics = {key: value for key, value in scores[-1].items() if key not in ('time', 'data_time', 'step')}
    times = [line['time'] for line in lines if 'loss' in line and 'time' in line]
    more = dict(more, seconds_per_step=round(statistics.median(times), 5)) if times else more
    write_atomic(json.dumps(dict(state='done', **metrics, **more)).encode(), work_dir / FILE)


def write_failure(work_dir: Path, reason: str) -> None:
    write_atomic(json.dumps(dict(state='failed', reason=reason)).encode(), work_dir / FILE)


def read_row(run: Run, work_dir: Path) -> Row | None:
    """The row of a run that has ended, well or not; None for another."""
    path = work_dir / FILE
    if not path.is_file():
        return None
    return dict(run=run.name, method=run.method, seed=run.cell.seed, fold=run.cell.fold, share=run.share,
                **json.loads(path.read_text(encoding='utf-8')))


def forget_failures(work_dirs: Iterable[Path]) -> None:
    """Lets the runs that failed be trained again."""
    for path in (work_dir / FILE for work_dir in work_dirs):
        if path.is_file() and json.loads(path.read_text(encoding='utf-8'))['state'] == 'failed':
            path.unlink()


def write_rows(rows: Iterable[Row], folder: Path) -> None:
    rows = list(rows)
    columns = list(dict.fromkeys([*FIRST, *(key for row in rows for key in row if key not in TIMES), *TIMES]))
    write_csv([columns, *([row.get(key, '') for key in columns] for row in rows)], folder / TABLE)


def read_rows(folder: Path) -> list[Row]:
    """The rows of results.csv with numbers as numbers, for those who look at them elsewhere."""
    with open(folder / TABLE, newline='', encoding='utf-8') as file:
        return [{key: number(value) for key, value in row.items() if value != ''} for row in csv.DictReader(file)]


def number(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
