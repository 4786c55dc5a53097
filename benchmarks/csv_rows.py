# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Rows of a CSV file: typed when they are read, written as a whole or not at all."""
import csv
import fcntl
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from mmseg_entmin.atomic import write_atomic


def integers(text: str) -> list[int]:
    """Numbers separated by blanks."""
    return [int(number) for number in text.split()]


def read_rows(path: Path, kinds: Mapping[str, Callable[[str], object]]) -> list[dict]:
    """Rows of a file; none if there is no such file.

    Args:
        path: CSV file with a header.
        kinds: functions that make a value of a cell's text, by column; other columns are floats.

    Returns:
        One dictionary a row, without its empty cells.
    """
    if not path.is_file():
        return []
    with open(path, newline='', encoding='utf-8') as file:
        return [{column: kinds.get(column, float)(cell) for column, cell in row.items() if cell}
                for row in csv.DictReader(file)]


def write_rows(path: Path, rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Write rows in place of the file. Floats keep all their digits, lists and tuples are numbers separated by blanks,
    and None is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator='\n')
    writer.writeheader()
    for row in rows:
        writer.writerow({column: ' '.join(map(str, value)) if isinstance(value, (list, tuple)) else value
                         for column, value in row.items()})
    write_atomic(text.getvalue().encode(), path)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Inside the context no other thread or process that asks for the same lock changes the folder's files."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
