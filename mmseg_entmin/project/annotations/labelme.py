# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""LabelMe JSON, one file an image, as labelme 3 to 6 and AnyLabeling write it.

Read without labelme, which installs its window system and draws the boundary of polygons as well.
"""
import posixpath
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from io import BytesIO
from math import dist
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
from PIL import Image

from .documents import load_json
from .export import IGNORE, Annotated, Export, Reader, Region
from .polygons import LINE, POINT, box, ellipse, fill, flat, stroke

FORMAT = 'LabelMe JSON'
POLYGONS = ('polygon', 'oriented_rectangle', 'rotation', None)
THIN = ('line', 'linestrip', 'point')
KNOWN = (*POLYGONS, *THIN, 'rectangle', 'circle', 'mask')


def knows(path: Path, document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get('shapes'), list) and 'imagePath' in document


def read(paths: list[Path], folder: Path) -> Export:
    """The export in a folder of files. Classes are sorted by name; labels of the name `__ignore__` are ignored."""
    images: dict[str, Annotated] = {}
    sources: dict[str, Path] = {}
    counts: Counter = Counter()
    for path in paths:
        document = load_json(path)
        name = image_name(path, document, folder)
        if name in images:
            raise ValueError(f"'{sources[name]}' and '{path}' both annotate image '{name}': delete one of them, or "
                             'write the right imagePath into it')
        shapes = [check_shape(path, shape) for shape in document['shapes']]
        counts.update(('class', str(shape['label'])) for shape in shapes)
        counts.update(('thin', shape.get('shape_type')) for shape in shapes if shape.get('shape_type') in THIN)
        counts['short'] += sum(shape.get('shape_type') in POLYGONS and len(shape['points']) < 3 for shape in shapes)
        images[name], sources[name] = Annotated(*sized(path, document, shapes)), path
    names = sorted(key[1] for key in counts if key[0] == 'class' and key[1] != IGNORE)
    thin = [f'{number} {key[1]}' for key, number in counts.items() if key[0] == 'thin']
    notes = [f'no area: {", ".join(thin)}; lines are drawn {LINE} pixels wide, points as discs of radius '
             f'{POINT}, as labelme does'] if thin else []
    if counts['short']:
        notes.append(f"polygons with fewer than 3 points: {counts['short']}; they have no area")
    return Export(FORMAT, names, {}, images, notes)


def image_name(path: Path, document: Mapping[str, Any], folder: Path) -> str:
    """The image of a file, relative to the folder of the export."""
    image = PureWindowsPath(document['imagePath'] or path.with_suffix('').name).as_posix()
    return posixpath.normpath(posixpath.join(path.parent.relative_to(folder).as_posix(), image))


def check_shape(path: Path, shape: Mapping[str, Any]) -> Mapping[str, Any]:
    """The shape, without blanks around its label; ValueError that names the file if it is of no known type."""
    if shape.get('shape_type') not in KNOWN or 'label' not in shape or 'points' not in shape:
        raise ValueError(f"'{path}' holds a shape of type {shape.get('shape_type')}, label {shape.get('label')}; known "
                         f'types are {", ".join(filter(None, KNOWN))}')
    return {**shape, 'label': str(shape['label']).strip()}


def sized(path: Path, document: Mapping[str, Any], shapes: list) -> tuple[tuple[int, int] | None, Any]:
    """The size of the image and its regions, or, for files of old versions, None and regions that need the size."""
    size = document.get('imageWidth'), document.get('imageHeight')
    if None in size and document.get('imageData'):
        with Image.open(BytesIO(b64decode(document['imageData']))) as image:
            size = image.size
    if None in size:
        return None, partial(regions, path, shapes)
    return size, partial(regions, path, shapes, size)


def regions(path: Path, shapes: list[Mapping[str, Any]], size: tuple[int, int]) -> Iterator[Region]:
    """The shapes in the order of the file, as labelme draws them."""
    for shape in shapes:
        try:
            shown = pixels(shape, size)
        except (ValueError, TypeError, IndexError, KeyError, OSError) as error:
            raise ValueError(f"'{path}': the shape with label {shape['label']} cannot be read: {error}") from error
        yield Region(None if shape['label'] == IGNORE else str(shape['label']), shown)


def pixels(shape: Mapping[str, Any], size: tuple[int, int]) -> np.ndarray:
    """The pixels of a shape, (H, W), bool."""
    kind, points = shape.get('shape_type'), shape['points']
    if kind == 'mask':
        mask, ((left, top), (right, bottom)) = decoded(shape['mask']), points
        if mask.shape != (int(bottom) - int(top) + 1, int(right) - int(left) + 1):
            raise ValueError('its mask does not have the size of its box')
        return pasted(mask, points[0], size)
    if kind == 'rectangle' and len(points) == 2:
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(*points))
        return fill([box(left, top, right, bottom)], size)
    if kind == 'circle':
        center, other = points
        return fill([ellipse(*center, dist(center, other), dist(center, other))], size)
    if kind in ('line', 'linestrip'):
        return stroke(points, size)
    if kind == 'point':
        return fill([ellipse(*points[0], POINT, POINT)], size)
    return fill([flat(points)], size)


def decoded(text: str) -> np.ndarray:
    """A mask that is written as a PNG in base64, (H, W), bool."""
    with Image.open(BytesIO(b64decode(text))) as image:
        return np.asarray(image).astype(bool)


def pasted(mask: np.ndarray, corner: tuple[float, float], size: tuple[int, int]) -> np.ndarray:
    """A small mask in an image of the given width and height, from its upper left corner (x, y) on; what lies outside
    is cut off. (H, W), bool."""
    shown = np.zeros(size[::-1], bool)
    left, top = (int(number) for number in corner)
    inside = mask[max(0, -top):, max(0, -left):]
    place = shown[max(0, top):, max(0, left):]
    height, width = (min(lengths) for lengths in zip(inside.shape, place.shape))
    place[:height, :width] = inside[:height, :width]
    return shown


READER = Reader(FORMAT, '.json', knows, read)
