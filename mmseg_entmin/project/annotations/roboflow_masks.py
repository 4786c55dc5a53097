# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Roboflow's masks: NAME_mask.png beside NAME.jpg, and _classes.csv with the meaning of their values."""
import csv
from pathlib import Path
from typing import Any

from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.apis.image_files import files_below

from ..palette import text_lines
from .export import MaskForm, Reader

FORMAT = 'Roboflow masks'
NAME, ENDING = '_classes.csv', '_mask.png'


def knows(path: Path, document: Any) -> bool:
    return path.name == NAME and document.lower().startswith('pixel value')


def read(paths: list[Path], folder: Path) -> MaskForm:
    """The options that read the masks; ValueError if files of several parts differ, or a line is none."""
    found = {path: classes_of(path) for path in paths}
    first, *others = paths
    for path in others:
        if found[path] != found[first]:
            raise ValueError(f"'{first}' and '{path}' give different classes; give the folder of one")
    names = found[first]
    options = dict(classes=list(names), values=list(names.values()), mask_suffix=[ENDING])
    images = {file.suffix for file in files_below(folder)
              if file.suffix.lower() in IMG_EXTENSIONS and not file.name.endswith(ENDING)}
    if len(images) == 1:
        options['image_suffix'] = images.pop()
    return MaskForm(FORMAT, folder, options, [])


def classes_of(path: Path) -> dict[str, int]:
    """The value of each class, in the order of the file."""
    names: dict[str, int] = {}
    for row in csv.reader(text_lines(path)[1:]):
        if not row:
            continue
        if len(row) != 2 or not row[0].strip().isdigit() or row[1].strip() in names or \
                int(row[0]) in names.values():
            raise ValueError(f"'{path}': '{','.join(row)}' is no value and name of a class of its own; mend the file")
        names[row[1].strip()] = int(row[0])
    return names


READER = Reader(FORMAT, '.csv', knows, read)
