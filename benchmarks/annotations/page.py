# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fills in docs/annotate.md from the records beside this file: ``python -m benchmarks.annotations.page``."""
import json
from pathlib import Path

from benchmarks.csv_rows import read_rows
from benchmarks.pages import ROOT, fill, markdown_table

PAGE = ROOT / 'docs' / 'annotate.md'
TRIPS, ROUND = (Path(__file__).with_name(name) for name in ('round_trip.csv', 'one_round.json'))
COLUMNS = ('format', 'tool', 'version', 'way', 'data', 'images', 'regions', 'exact_regions', 'agreement')
WAYS = ('here to tool', 'here to here', 'tool to here')


def table(name: str) -> list[str]:
    """The lines of the table or of the output of this name."""
    if name == 'round trip':
        return trips()
    if not ROUND.is_file():
        return []
    return ['```text', *json.loads(ROUND.read_text(encoding='utf-8'))[name.removeprefix('said by ')], '```']


def trips() -> list[str]:
    """A row for each format and set of masks, with the ways between this package and the tool."""
    rows = read_rows(TRIPS, dict.fromkeys(COLUMNS[:5], str) | dict.fromkeys(COLUMNS[5:8], int))
    lines = []
    for form, data in dict.fromkeys((row['format'], row['data']) for row in rows):
        own = {row['way']: row for row in rows if (row['format'], row['data']) == (form, data)}
        cells = [f"{100 * own[way]['agreement']:.4g} %, {own[way]['exact_regions']} of {own[way]['regions']}"
                 for way in WAYS]
        lines.append([form, f"{own[WAYS[0]]['tool']} {own[WAYS[0]]['version']}", data, *cells])
    return markdown_table(['format', 'library of the tool', 'masks', 'written here, read by the tool',
                           'written and read here', 'written by the tool, read here'], lines)


def write_page() -> None:
    fill(PAGE, table)


if __name__ == '__main__':
    write_page()
