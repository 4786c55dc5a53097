# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Supervisely: meta.json with the classes, and ann/IMAGE.json for each image.

Read without Supervisely's library, which pins Pillow and setuptools and draws the boundary of polygons as well.
"""
import zlib
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..palette import Color, parse_color
from .documents import load_json
from .export import Annotated, Export, Reader, Region
from .labelme import pasted
from .polygons import LINE, POINT, box, ellipse, fill, fill_but, flat, stroke

FORMAT = 'Supervisely'
AREAS, THIN = ('polygon', 'rectangle', 'bitmap'), ('line', 'point')
META, FOLDER, IMAGES = 'meta.json', 'ann', 'img'


def knows(path: Path, document: Any) -> bool:
    """Whether it is the annotation of an image, or the description of a project."""
    if not isinstance(document, dict):
        return False
    return path.name == META and isinstance(document.get('classes'), list) and 'tags' in document or \
        isinstance(document.get('objects'), list) and 'size' in document


def read(paths: list[Path], folder: Path) -> Export:
    """The export; without a meta.json, classes are sorted by name."""
    images: dict[str, Annotated] = {}
    colors: dict[str, Color] = {}
    counts: Counter = Counter()
    for path in paths:
        document = load_json(path)
        if 'objects' not in document:
            colors.update({kind['title']: parse_color(kind['color']) for kind in document['classes']})
            continue
        objects = document['objects']
        counts.update(('class', thing['classTitle']) for thing in objects)
        counts.update((thing['geometryType'], ) for thing in objects)
        size = document['size']['width'], document['size']['height']
        images[image_name(path, folder)] = Annotated(size, partial(regions, path, objects, size))
    found = {key[0]: number for key, number in counts.items() if len(key) == 1}
    unknown = [kind for kind in found if kind not in (*AREAS, *THIN)]
    if unknown:
        raise ValueError(f"the {FORMAT} export in '{folder}' holds figures of type {', '.join(unknown)}; known types "
                         f'are {", ".join((*AREAS, *THIN))}: convert them in the tool')
    classes = [*colors, *sorted(name for kind, *name in counts if kind == 'class' and name[0] not in colors
                                for name in name)]
    thin = [f'{found[kind]} {kind}' for kind in THIN if kind in found]
    notes = [f'no area: {", ".join(thin)}; lines are drawn {LINE} pixels wide, points as discs of radius '
             f'{POINT}'] if thin else []
    return Export(FORMAT, classes, colors, images, notes)


def image_name(path: Path, folder: Path) -> str:
    """The image of an annotation file: 'part/ann/a.png.json' is about 'part/img/a.png'."""
    name = path.relative_to(folder).with_suffix('')
    return (name.parent.parent / IMAGES / name.name if name.parent.name == FOLDER else name).as_posix()


def regions(path: Path, objects: list[Mapping[str, Any]], size: tuple[int, int]) -> Iterator[Region]:
    """The figures in the order of the file."""
    for thing in objects:
        try:
            shown = pixels(thing, size)
        except (ValueError, KeyError, OSError, zlib.error) as error:
            raise ValueError(f"'{path}': object {thing.get('id')} of {thing['classTitle']} cannot be read: "
                             f'{error}') from error
        yield Region(thing['classTitle'], shown)


def pixels(thing: Mapping[str, Any], size: tuple[int, int]) -> np.ndarray:
    """The pixels of a figure, (H, W), bool."""
    kind = thing['geometryType']
    if kind == 'bitmap':
        return pasted(decoded(thing['bitmap']['data']), thing['bitmap']['origin'], size)
    points = thing['points']['exterior']
    if kind == 'rectangle':
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(*points))
        return fill([box(left, top, right, bottom)], size)
    if kind == 'line':
        return stroke(points, size)
    if kind == 'point':
        return fill([ellipse(*points[0], POINT, POINT)], size)
    return fill_but(flat(points), [flat(hole) for hole in thing['points']['interior']], size)


def decoded(text: str) -> np.ndarray:
    """A bitmap, (H, W), bool: a PNG, compressed once more or not, in base64; shown where it is neither transparent nor
    zero."""
    data = b64decode(text)
    try:
        data = zlib.decompress(data)
    except zlib.error:  # of other versions
        pass
    with Image.open(BytesIO(data)) as image:
        if image.mode in ('RGBA', 'LA', 'PA') or 'transparency' in image.info:
            return np.asarray(image.convert('RGBA'))[..., 3] > 0
        values = np.asarray(image)
    return values.reshape(*values.shape[:2], -1).any(axis=2)


READER = Reader(FORMAT, '.json', knows, read)
