# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fills in the tables of docs/compare.md from the records: ``python -m benchmarks.compare.page``."""
import csv
from functools import partial
from pathlib import Path

from benchmarks.compare import coverage, public, simulation
from benchmarks.pages import ROOT, fill, markdown_table

PAGE = ROOT / 'docs' / 'compare.md'
KILLS = ROOT / 'tests' / 'stress' / 'records' / 'compare_kills.csv'


def kills(record: Path = KILLS) -> list[str]:
    """The lines of the table of `tests.stress.compare_kills`."""
    with open(record, newline='', encoding='utf-8') as file:
        head, *rows = csv.reader(file)
    return markdown_table(head, rows)


def write_page(page: Path = PAGE) -> None:
    tables = {'simulation': lambda: simulation.table(simulation.RECORD), 'kills': kills, 'public': public.table}
    for network in coverage.TRIALS:
        tables[f'coverage/{network}'] = partial(coverage.markdown, coverage.record_of(network))
    fill(page, lambda name: tables[name]())


if __name__ == '__main__':
    write_page()
