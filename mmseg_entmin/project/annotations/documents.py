# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The content of the files of an export."""
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

# What a file raises that lacks a part, or has another thing in its place.
MALFORMED = (AttributeError, IndexError, KeyError, TypeError, OSError)
HEAD = 4096  # characters of a file that is not JSON


def content(path: Path) -> Any:
    """Parsed JSON, or the first characters of another file; ValueError for a file that is named .json, but is none."""
    if path.suffix.lower() == '.json':
        return load_json(path)
    with open(path, encoding='utf-8-sig', errors='replace') as file:
        return file.read(HEAD)


@contextmanager
def reading_parts(what: str) -> Iterator[None]:
    """Turns the errors of a file that lacks a part into a ValueError that says what cannot be read."""
    try:
        yield
    except MALFORMED as error:
        raise ValueError(f'{what} cannot be read: {type(error).__name__} {error}; export it again') from error


def load_json(path: Path) -> Any:
    """The content of a JSON file; ValueError that names the file if it cannot be parsed."""
    state = path.stat()
    return parsed(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def parsed(path: Path, *_: int) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"'{path}' is no complete JSON: {error}; export it again") from error
