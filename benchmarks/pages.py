# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Markdown pages whose tables are filled in.

A page is written by hand. Its tables stand between the marks ``<!-- table: NAME -->`` and ``<!-- end -->``; what is
between them is replaced.
"""
import re
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
START = re.compile(r'<!-- table: ([^>]+) -->')
MARK = re.compile(START.pattern + r'\n(?:(?!<!-- table: ).)*?<!-- end -->', re.DOTALL)


def fill(page: Path, table: Callable[[str], list[str]]) -> None:
    """Fill in every table of a page.

    Args:
        page: Markdown file.
        table: gives the lines of a table by its name; KeyError if there is none of the name.

    Raises:
        ValueError: a mark without an end, or with the name of no table.
    """
    text = page.read_text(encoding='utf-8')
    open_marks = sorted({*START.findall(text)} - {*MARK.findall(text)})
    if open_marks:
        raise ValueError(f"{page}: no line '<!-- end -->' behind table {open_marks[0]!r}")

    def filled(match: re.Match) -> str:
        try:
            lines = table(match[1])
        except KeyError as error:
            raise ValueError(f'{page}: there is no table {match[1]!r}, correct the name in its mark') from error
        return '\n'.join([f'<!-- table: {match[1]} -->', '', *lines, '', '<!-- end -->'])

    page.write_text(MARK.sub(filled, text), encoding='utf-8')


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = [f"| {' | '.join(row)} |" for row in (header, *rows)]
    return [lines[0], '|' + '---|' * len(header), *lines[1:]]
