# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""VGG Image Annotator (VIA) 1 to 2: its project, JSON or CSV. The files state the bytes of the images, not
their size in pixels."""
import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..palette import text_lines
from .documents import load_json
from .export import Annotated, Export, Reader, Region
from .polygons import LINE, POINT, box, ellipse, fill, flat, stroke

FORMAT = 'VIA'
ALONE = 'object'  # the class of regions without attributes
AREAS, THIN = ('polygon', 'rect', 'circle', 'ellipse'), ('polyline', 'point')


def knows(path: Path, document: Any) -> bool:
    return isinstance(document, dict) and (
        '_via_img_metadata' in document or bool(document) and all(
            isinstance(entry, dict) and {'filename', 'regions'} <= entry.keys() for entry in document.values()))


def knows_csv(path: Path, document: str) -> bool:
    return 'region_shape_attributes' in document.partition('\n')[0]


def read(paths: list[Path], folder: Path) -> Export:
    """The export in one or several files; image names are relative to the folder of their file. ValueError: several
    attributes may be the class, unknown shapes."""
    entries = [((path.parent.relative_to(folder) / name.replace('\\', '/')).as_posix(), regions, length)
               for path in paths for name, regions, length in entries_of(path)]
    shapes = [(name, shape['name'], attributes) for name, regions, _ in entries for shape, attributes in regions]
    unknown = sorted({kind for _, kind, _ in shapes} - {*AREAS, *THIN})
    if unknown:
        raise ValueError(f"'{paths[0]}' holds shapes of type {', '.join(unknown)}; known types are "
                         f'{", ".join((*AREAS, *THIN))}')
    keys = sorted({key for _, _, attributes in shapes for key, value in attributes.items() if value not in ('', {})})
    if len(keys) > 1:
        raise ValueError(f"'{paths[0]}': regions have several attributes, {', '.join(keys)}, and any may be the class; "
                         'keep one of them in the tool')
    key = keys[0] if keys else None
    images: dict[str, Annotated] = {}
    for name, regions, length in entries:
        if name in images:
            raise ValueError(f"'{paths[0]}': image '{name}' is listed twice; give one export of each image")
        images[name] = Annotated(None, partial(drawn, [(shape, class_of(name, attributes, key))
                                                       for shape, attributes in regions]),
                                 length, reach([shape for shape, _ in regions]))
    classes = sorted({class_of(name, attributes, key) for name, _, attributes in shapes})
    thin = Counter(kind for _, kind, _ in shapes if kind in THIN)
    notes = [] if all(image.bytes for image in images.values()) else [
        'the export states no sizes of images, so that a resized image is not noticed']
    if thin:
        notes.append(f'no area: {", ".join(f"{number} {kind}" for kind, number in thin.items())}; lines are '
                     f'drawn {LINE} pixels wide, points as discs of radius {POINT}')
    return Export(FORMAT, classes, {}, images, notes)


def entries_of(path: Path) -> Iterator[tuple[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]], int | None]]:
    """Images of a file, each with shape and attributes of its regions, and the bytes of the image's file."""
    if path.suffix.lower() == '.csv':
        images: dict[str, list] = {}
        lengths = {}
        for row in csv.DictReader(text_lines(path)):
            name = row.get('filename') or row['#filename']
            regions, lengths[name] = images.setdefault(name, []), stated(row.get('file_size'))
            shape = json.loads(row['region_shape_attributes'] or '{}')
            if shape:
                regions.append((shape, json.loads(row['region_attributes'] or '{}')))
        yield from ((name, regions, lengths[name]) for name, regions in images.items())
        return
    document = load_json(path)
    for entry in document.get('_via_img_metadata', document).values():
        regions = entry['regions'].values() if isinstance(entry['regions'], dict) else entry['regions']
        yield entry['filename'], [(region['shape_attributes'], region['region_attributes']) for region in regions], \
            stated(entry.get('size'))


def stated(length: Any) -> int | None:
    """The bytes of an image's file; None where the tool does not know them (-1)."""
    with suppress(TypeError, ValueError):
        return int(length) if int(length) > 0 else None
    return None


def reach(shapes: list[Mapping[str, Any]]) -> tuple[float, float] | None:
    """The largest x and y of some shapes; of circles and ellipses, those of their centers."""
    def points(shape: Mapping[str, Any]) -> Iterable[tuple[float, float]]:
        if 'all_points_x' in shape:
            return zip(shape['all_points_x'], shape['all_points_y'])
        return [(shape['cx'], shape['cy']) if 'cx' in shape else (shape['x'] + shape['width'],
                                                                  shape['y'] + shape['height'])]

    found = [point for shape in shapes for point in points(shape)]
    return (max(x for x, _ in found), max(y for _, y in found)) if found else None


def class_of(name: str, attributes: Mapping[str, Any], key: str | None) -> str:
    """The value of the attribute that is the class; ValueError where it is missing or has several values."""
    value = ALONE if key is None else attributes.get(key)
    if isinstance(value, dict):  # checked boxes
        chosen = [option for option, state in value.items() if state]
        value = chosen[0] if len(chosen) == 1 else None
    if not str(value or '').strip():
        raise ValueError(f"a region of image '{name}' has no value of '{key}', or several; choose one in the tool")
    return str(value).strip()


def drawn(regions: list[tuple[Mapping[str, Any], str]], size: tuple[int, int]) -> Iterator[Region]:
    """The regions in the order of the file."""
    for shape, name in regions:
        yield Region(name, pixels(shape, size))


def pixels(shape: Mapping[str, Any], size: tuple[int, int]) -> np.ndarray:
    """The pixels of a shape, (H, W), bool."""
    kind = shape['name']
    if kind == 'rect':
        x, y = shape['x'], shape['y']
        return fill([box(x, y, x + shape['width'], y + shape['height'])], size)
    if kind == 'circle':
        return fill([ellipse(shape['cx'], shape['cy'], shape['r'], shape['r'])], size)
    if kind == 'ellipse':
        return fill([ellipse(shape['cx'], shape['cy'], shape['rx'], shape['ry'], shape.get('theta', 0))], size)
    if kind == 'point':
        return fill([ellipse(shape['cx'], shape['cy'], POINT, POINT)], size)
    points = list(zip(shape['all_points_x'], shape['all_points_y'], strict=True))
    return stroke(points, size) if kind == 'polyline' else fill([flat(points)], size)


READER, CSV_READER = Reader(FORMAT, '.json', knows, read), Reader(f'{FORMAT} CSV', '.csv', knows_csv, read)
