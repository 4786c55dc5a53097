# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Label Studio's export of brush strokes as PNG or NumPy, a file per stroke: task-1-annotation-9-by-1-tag-cell-0.png.

The names tell the number of a task, not its image, so that the JSON export or a list has to say it.
"""
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from mmseg_entmin.apis.image_files import files_below
from mmseg_entmin.words import amount

from .agreement import agreed
from .documents import load_json
from .export import Annotated, Export, Region
from .label_studio import image_of

NAME = re.compile(r'task-(?P<task>\d+)-annotation-(?P<number>\d+)-by-(?P<by>[^-]*)-(?P<rest>.+)-\d+\.(png|npy)$')
LINE = re.compile(r'(\d+)[\s,;]+(\S.*)$')


class Stroke(NamedTuple):
    path: Path
    label: str


def strokes_in(folder: Path) -> list[Path]:
    """The files of such an export in a folder, sorted; none if others are among the PNG files."""
    files = [path for path in files_below(folder) if path.suffix.lower() in ('.png', '.npy')] if folder.is_dir() else []
    return sorted(files) if files and all(NAME.match(path.name) for path in files) else []


def read(paths: Sequence[Path], tasks: Path | None, classes: Sequence[str] = ()) -> Export:
    """The annotations by image. Of the annotations of a task, the last one of each annotator counts, and of several
    annotators the majority.

    Args:
        paths: the files.
        tasks: Label Studio's JSON export of the project, or a text file with lines like '1 im0.png'.
        classes: labels that may be in the names; later ones lie over earlier ones. Default: what follows the name of
            the tag, which may then have no '-'.
    """
    if tasks is None:
        raise ValueError(f"'{paths[0]}' is of Label Studio's export as PNG, whose names tell the number of a task and "
                         'not its image; give --tasks FILE, with the JSON export of the project or with lines like '
                         "'1 image.png', or give the JSON export in place of the folder")
    images, order = task_images(tasks), {name: place for place, name in enumerate(classes)}
    strokes: dict[str, dict[str, dict[int, list[Stroke]]]] = defaultdict(lambda: defaultdict(dict))
    for path in paths:
        match = NAME.match(path.name)
        if match['task'] not in images:
            raise ValueError(f"'{path}' is of task {match['task']}, which --tasks '{tasks}' does not name")
        own = strokes[images[match['task']]][match['by']]
        own.setdefault(int(match['number']), []).append(Stroke(path, label_of(match['rest'], classes)))
    names = [*dict.fromkeys(label_of(NAME.match(path.name)['rest'], classes) for path in paths)]
    names.sort(key=lambda name: order.get(name, len(order)))
    found, several = {}, 0
    for image, people in strokes.items():
        latest = [sorted(own[max(own)], key=lambda stroke: names.index(stroke.label)) for own in people.values()]
        single = [Annotated(load(each[0].path).shape[::-1], lambda each=each: regions(each)) for each in latest]
        several += len(single) > 1
        found[image] = single[0] if len(single) == 1 else single[0]._replace(regions=agreed(single, names).regions)
    notes = [f'{amount(several, "image has", "images have")} several annotators: each pixel gets the label of more '
             'than half of them, or is ignored'] if several else []
    return Export('Label Studio PNG', names, {}, found, notes)


def label_of(rest: str, classes: Sequence[str]) -> str:
    """The label in 'tag-label', where '/' is written as '-'."""
    fitting = [name for name in classes if rest.endswith('-' + re.sub(r'[/\\]', '-', name))]
    return max(fitting, key=len, default=rest.partition('-')[2] or rest)


def regions(strokes: Sequence[Stroke]) -> Iterator[Region]:
    for path, label in strokes:
        yield Region(label, load(path) > 0)


def load(path: Path) -> np.ndarray:
    if path.suffix.lower() == '.npy':
        return np.load(path)
    with Image.open(path) as image:
        return np.asarray(image.convert('L'))


def task_images(path: Path) -> dict[str, str]:
    """The image of each task, by its number. ValueError for a line without number and image, but for a header."""
    if path.suffix.lower() == '.json':
        return {str(task.get('id')): image_of(task, path) for task in load_json(path)}
    found = {}
    for number, line in enumerate(path.read_text(encoding='utf-8-sig').splitlines(), start=1):
        match = LINE.match(line.strip())
        if match:
            if found.setdefault(match[1], match[2]) != match[2]:
                raise ValueError(f"'{path}' line {number}: task {match[1]} is of '{found[match[1]]}' already")
        elif line.strip() and number > 1:
            raise ValueError(f"'{path}' line {number}: '{line.strip()}' is no task and image, like '1 im0.png'")
    return found
