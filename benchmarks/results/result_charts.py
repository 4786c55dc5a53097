# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The charts of docs/results.md: mIoU of the rows of a table, and mIoU against the cost of a step."""
import statistics
from pathlib import Path

from benchmarks.results.charts import accuracy_bars, accuracy_cost
from benchmarks.results.seeds import Runs, gain, values
from benchmarks.results.table import Table
from benchmarks.results.table_list import TABLES

# Title by the name of the table, which is that of the picture as well.
BARS = dict(wbc='Blood cells, 15 of 150 images labeled, 600 iterations',
            camvid_long='CamVid, 46 of 367 images labeled, 3,000 iterations')
COSTS = dict(camvid_peers='The methods on CamVid, 46 of 367 images labeled',
             wbc_peers='The methods on blood cells, 15 of 150 images labeled')


def draw_charts(results: dict[tuple[str, str], Runs], costs: dict[str, float], folder: Path) -> None:
    """Draw the charts of the tables whose baseline was run."""
    for name, title in BARS.items():
        if (TABLES[name].rows[0][0], 'test') in results:
            draw_bars(TABLES[name], results, title, folder / f'{name}.png')
    for name, title in COSTS.items():
        points = [(label, *mean_and_deviation(results[run, 'test']), costs[run]) for run, label in TABLES[name].rows
                  if (run, 'test') in results and run in costs]
        if len(points) > 1:
            accuracy_cost(points, folder / f'{name}.png', title=title)


def mean_and_deviation(runs: Runs) -> tuple[float, float | None]:
    """Of the mIoU over the seeds; no deviation of one seed."""
    miou = values(runs)
    return statistics.mean(miou), statistics.stdev(miou) if len(miou) > 1 else None


def draw_bars(table: Table, results: dict[tuple[str, str], Runs], title: str, path: Path) -> None:
    """A bar for each row of several seeds; the baseline and all labels are lines."""
    references = {table.rows[0][0]: 'supervised', table.ceiling: 'all labels'}
    baseline = results[table.rows[0][0], 'test']
    bars = []
    for run, label in table.rows:
        runs = results.get((run, 'test'), {})
        if len(runs) > 1:  # one seed is no bar beside means
            bars.append((label, *mean_and_deviation(runs), references.get(run),
                         gain(runs, baseline).replace('*', '') or None))
    accuracy_bars(bars, path, title=title)
