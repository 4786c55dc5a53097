# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Fills in the tables of docs/peers.md, from the front matter of the peers and from the records: ``make tables``."""
import argparse
import re
from pathlib import Path

from benchmarks.cost.records import step_costs
from benchmarks.pages import ROOT, fill, markdown_table
from benchmarks.results.choice import choice
from benchmarks.results.methods import Method, peers
from benchmarks.results.seeds import load

HEADER = ('method', 'folder in `configs/`', 'learns from unlabeled images by', 'passes beyond the supervised one',
          'stored beside the network')


def anchor(heading: str) -> str:
    """The address of a section on its page, as MkDocs makes it."""
    return re.sub(r'[-\s]+', '-', re.sub(r'[^\w\s-]', '', heading).strip().lower())


def row(method: Method) -> tuple[str, ...]:
    """What the table says of a peer."""
    source = f' ({method.authors}, {method.venue} {method.year})' if method.authors else ''
    return (f'[{method.name}](#{anchor(method.name)}){source}', f'`{method.folder}`', method.learns_by, method.passes,
            ', '.join(f'`{module}`' for module in method.stores))


def table(name: str) -> list[str]:
    """Lines of a table, 'peers' or 'choice'.

    Raises:
        KeyError: there is no such table.
    """
    if name == 'choice':
        return choice(load(), step_costs())
    return {'peers': markdown_table(HEADER, [row(method) for method in peers()])}[name]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--page', type=Path, default=ROOT / 'docs' / 'peers.md', help='page to fill in')
    fill(parser.parse_args(argv).page, table)


if __name__ == '__main__':
    main()
