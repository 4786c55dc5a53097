# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The forms of labels that are tried."""
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

THREE = ('--classes', 'background', 'cell', 'nucleus')
TWO = ('--classes', 'background', 'cell')
HAND = 'by hand'


class Form(NamedTuple):
    """One form of labels, and what is expected of it."""

    name: str
    tool: str  # what writes it: a package, or HAND
    options: tuple[str, ...]  # of the command
    write: Callable[[Path], None]  # into a folder: images/, masks/
    objects: bool = False  # whether all objects are one class
    values: tuple[int, int, int] | None = None  # labels that stand for background, cell and nucleus, if others
    refused: str = ''  # a part of the refusal
    differs: str = ''  # why the labels differ from the truth
    masks: str = 'masks'  # the place below the folder
    images: str = 'images'


def form(table: list[Form], name: str, tool: str, *options: str, **expected) -> Callable:
    """Adds a function that writes a form to a table."""
    def added(write: Callable[[Path], None]) -> Callable[[Path], None]:
        table.append(Form(name, tool, options, write, **expected))
        return write
    return added
