# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""YOLO segmentation: data.yaml names the classes, labels/NAME.txt holds a polygon per line, in parts of the image."""
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from mmseg_entmin.apis.image_files import files_below
from mmseg_entmin.words import amount

from .export import Annotated, Export, Reader, Region
from .polygons import fill

FORMAT = 'YOLO segmentation'
LABELS, IMAGES = 'labels', 'images'  # folders that take each other's place in a path
BOX = 5  # numbers in the line of a box


def knows(path: Path, document: Any) -> bool:
    return 'names:' in document and any(f'{key}:' in document for key in ('train', 'val', 'nc', 'path'))


def read(paths: list[Path], folder: Path) -> Export:
    """The export in a folder. ValueError: lines of boxes, or of no class of data.yaml."""
    if len(paths) > 1:
        raise ValueError(f"'{paths[0]}' and '{paths[1]}' describe two data sets; give the folder of one")
    names = class_names(paths[0])
    images: dict[str, Annotated] = {}
    counts: Counter = Counter()
    for path in sorted(files_below(paths[0].parent)):
        place = path.relative_to(paths[0].parent)
        if path.suffix.lower() == '.txt' and LABELS in place.parts[:-1]:
            text = path.read_text('utf-8-sig')
            lines = [parse(path, line, names, counts) for line in text.splitlines() if line.strip()]
            name = PurePosixPath(*(IMAGES if part == LABELS else part for part in place.with_suffix('').parts))
            images[str(name)] = Annotated(None, partial(regions, lines))
    if not images or counts['boxes'] and not counts['polygons']:
        raise ValueError(f"'{paths[0]}' describes {counts['boxes']} boxes and no polygon (in files {LABELS}/*.txt); "
                         'export polygons')
    notes = ['the export states no sizes of images; its polygons are parts of them']
    if counts['boxes']:
        notes.append(f"{amount(counts['boxes'], 'box', 'boxes')} without a polygon: the pixels are ignored")
    return Export(FORMAT, list(names.values()), {}, images, notes)


def class_names(path: Path) -> dict[int, str]:
    """The names in data.yaml, a list or a dictionary; ValueError if it has no names of different classes."""
    try:
        names = yaml.safe_load(path.read_text('utf-8-sig'))['names']
        names = {int(number): str(name) for number, name in (
            names.items() if isinstance(names, dict) else enumerate(names))}
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"'{path}' has no list of class names: {error}") from error
    if len(set(names.values())) < len(names):
        raise ValueError(f"'{path}' names a class twice; mend the file")
    return names


def parse(path: Path, line: str, names: dict[int, str], counts: Counter) -> tuple[str | None, list[float]]:
    """The class of a line, None for a box, and the corners of its polygon in parts of the image."""
    try:
        number, *corners = (float(text) for text in line.split())
        name = names[int(number)]
        if len(corners) % 2 or len(corners) < BOX - 1:
            raise ValueError('corners are missing')
    except (ValueError, KeyError) as error:
        raise ValueError(f"'{path}' holds the line '{line[:60]}', which is no class of data.yaml and its polygon: "
                         f'{error}') from error
    if len(corners) == BOX - 1:
        counts['boxes'] += 1
        x, y, width, height = corners
        left, top, right, bottom = x - width / 2, y - height / 2, x + width / 2, y + height / 2
        return None, [left, top, right, top, right, bottom, left, bottom]
    counts['polygons'] += 1
    return name, corners


def regions(lines: list[tuple[str | None, list[float]]], size: tuple[int, int]) -> Iterator[Region]:
    """Ignored boxes first, then the polygons in the order of the file."""
    for name, corners in sorted(lines, key=lambda line: line[0] is not None):
        yield Region(name, fill([[number * size[place % 2] for place, number in enumerate(corners)]], size))


READER = Reader(FORMAT, '.yaml', knows, read)
