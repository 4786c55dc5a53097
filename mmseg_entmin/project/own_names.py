# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks with a list of names of their own, as labelme's export of single images writes it."""
from collections.abc import Iterable, Sequence
from pathlib import Path

from .annotations.drawn import is_background
from .palette import name_lines

LIST = 'label_names.txt'


def refuse_own_names(masks: Iterable[Path], classes: Sequence[str]) -> None:
    """Raises ValueError for a mask beside a list that numbers the classes otherwise: of each image, labelme numbers
    only those that it shows."""
    for folder in sorted({path.parent for path in masks}):
        path = folder / LIST
        names = name_lines(path) if path.is_file() else []
        if any(number >= len(classes) or name != classes[number] for number, name in enumerate(names)
               if number or not is_background(name)):
            raise ValueError(f"'{path}' numbers the classes as {', '.join(names)}, --classes as {', '.join(classes)}: "
                             'labelme numbers those of each image by themselves; give the folder of its JSON files in '
                             'place of these masks')
