# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fills in the tables of docs/results.md and of README.md, and draws the charts: ``make tables``.

Everything comes from the records of the runs, of the costs and of single images alone. A mark in a page, such as
``<!-- table: wbc differences -->``, names one of the tables of table_list.py and what to show of it: the comparison
(no word), 'metrics', 'differences', 'classes' or 'images'; or it is one of 'regimes', 'overview', 'readme' and 'sizes'.
"""
import argparse
import functools
import statistics
from pathlib import Path

from benchmarks.cost.records import step_costs
from benchmarks.pages import ROOT, fill, markdown_table
from benchmarks.results.figures import decile_table, draw_single_images, read_figures
from benchmarks.results.overview import overview, readme_table
from benchmarks.results.regime_list import REGIMES
from benchmarks.results.regimes import regimes_table
from benchmarks.results.result_charts import draw_charts
from benchmarks.results.seeds import Runs, gain, gap_closed, load, p_value, spread, values
from benchmarks.results.table import Table
from benchmarks.results.table_list import SIZES, TABLES

PAGES = ('docs/results.md', 'README.md', 'docs/index.md')
METRICS = dict(mFscore='F1', mRecall='recall', mPrecision='precision', aAcc='accuracy', mAcc='accuracy of classes')
Results = dict[tuple[str, str], Runs]  # by run id and split


def known_rows(table: Table, results: Results) -> dict[int, tuple[str, Runs]]:
    """Label and runs of the rows that were run, by their place in the table."""
    return {place: (label, results[run, table.split]) for place, (run, label) in enumerate(table.rows)
            if (run, table.split) in results}


def comparison(table: Table, results: Results, costs: dict[str, float]) -> list[str]:
    """mIoU of each row, its gain, p and cost, then what else the table is about."""
    known = known_rows(table, results)
    rows = [{'': label, **cells(table, place, results, costs)} for place, (label, _) in known.items()]
    return markdown_table([*rows[0]], [[*row.values()] for row in rows])


def cells(table: Table, place: int, results: Results, costs: dict[str, float]) -> dict[str, str]:
    """The cells of one row, by the title of their column."""
    ids = [run for run, _ in table.rows]
    runs = results[ids[place], table.split]
    first = place - place % (table.group or len(ids))
    baseline = results[ids[first], table.split]
    found = {'mIoU': spread(values(runs))}
    if table.repeats != 'seeds':
        found['worst'] = f'{min(values(runs)):.2f}'
    found['gain'] = gain(runs, baseline)
    found['p'] = p_value(runs, baseline)
    if any(run in costs for run in ids):
        found['cost of a step'] = f'× {costs[ids[place]]:.2f}' if ids[place] in costs else ''
    if table.equal:
        equal = results.get((ids[first + table.equal], table.split))
        found['gain at equal augmentation'] = gain(runs, equal) if equal and runs is not baseline else ''
    if (table.ceiling, table.split) in results:
        found['gap closed'] = gap_closed(runs, baseline, results[table.ceiling, table.split])
    if table.resources:
        peaks = [run['peak_memory_mib'] for run in runs.values() if 'peak_memory_mib' in run]
        found['peak memory'] = f'{statistics.median(peaks):.0f} MiB' if peaks else ''
        extra = next(iter(runs.values()))['parameters'] - next(iter(baseline.values()))['parameters']
        found['extra parameters'] = f'{extra:+,}' if extra else ''
    found[table.repeats] = str(len(runs))
    return found


def metrics(table: Table, results: Results) -> list[str]:
    """The other metrics of each row."""
    return markdown_table(['', *(METRICS[metric] for metric in table.metrics)], [
        [label, *(spread(values(runs, metric)) for metric in table.metrics)]
        for label, runs in known_rows(table, results).values()])


def differences(table: Table, results: Results) -> list[str]:
    """A line for each contrast between two rows that were run."""
    lines = []
    for label, run, other in table.contrasts:
        if (run, table.split) in results and (other, table.split) in results:
            runs, baseline = results[run, table.split], results[other, table.split]
            p, shared = p_value(runs, baseline), len({*runs} & {*baseline})
            lines.append(f"- {label}: {gain(runs, baseline)} ({f'p {p}, ' if p else ''}{shared} {table.repeats})")
    return lines


def classes(table: Table, results: Results) -> list[str]:
    """The mean IoU of each class, one column a class."""
    known = [*known_rows(table, results).values()]
    names = [metric for metric in next(iter(known[0][1].values()))['metrics'] if metric.startswith('IoU.')]
    return markdown_table(['IoU', *(name.removeprefix('IoU.') for name in names)], [
        [label, *(f'{statistics.mean(values(runs, name)):.1f}' for name in names)] for label, runs in known])


def sizes(results: Results) -> list[str]:
    """Parameters and multiply-adds of each network, and what each method adds to its supervised form."""
    rows = []
    for ids in SIZES:
        known = [next(iter(results[run, 'test'].values())) for run in ids if (run, 'test') in results]
        for record in known:
            extra = [f'{record[key] - known[0][key]:+,}' if record is not known[0] else ''
                     for key in ('parameters', 'multiply_adds')]
            rows.append([f"`{record['config']}`", f"{record['parameters']:,}", extra[0],
                         f"{record['multiply_adds'] / 1e6:,.1f} M", extra[1]])
    return markdown_table(['', 'parameters', 'extra', 'multiply-adds', 'extra'], rows)


def table_lines(name: str, results: Results, costs: dict[str, float], figures: dict[str, dict]) -> list[str]:
    """Lines of the table that a mark names.

    Raises:
        KeyError: there is no such table.
    """
    special = dict(regimes=functools.partial(regimes_table, REGIMES, results, costs),
                   overview=functools.partial(overview, results, costs),
                   readme=functools.partial(readme_table, results), sizes=functools.partial(sizes, results))
    if name in special:
        return special[name]()
    name, _, part = name.partition(' ')
    if part == 'images':
        return decile_table(figures[name])
    parts = {'': functools.partial(comparison, costs=costs), 'metrics': metrics, 'differences': differences,
             'classes': classes}
    table, lines = TABLES[name], parts[part]
    return lines(table, results) if (table.rows[0][0], table.split) in results else ['(not run yet)']


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--root', type=Path, default=ROOT, help='folder with docs/ to write to (default: this clone)')
    args = parser.parse_args(argv)
    results, costs, figures = load(), step_costs(), read_figures()
    for page in PAGES:
        if (args.root / page).is_file():
            fill(args.root / page, functools.partial(table_lines, results=results, costs=costs, figures=figures))
    draw_charts(results, costs, args.root / 'docs' / 'figures')
    draw_single_images(figures, args.root / 'docs' / 'figures')


if __name__ == '__main__':
    main()
