# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Darwin JSON 2 of V7, one file an image: polygons with holes, and raster layers."""
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_entmin.words import amount

from .documents import load_json
from .export import Annotated, Export, Reader, Region
from .polygons import fill, flat

FORMAT = 'Darwin JSON'


def knows(path: Path, document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get('item'), dict) and 'annotations' in document and (
        'slots' in document['item'])


def read(paths: list[Path], folder: Path) -> Export:
    """The export in a folder of files; classes are sorted by name."""
    images: dict[str, Annotated] = {}
    classes, boxes = set(), 0
    for path in paths:
        document = load_json(path)
        item, annotations = document['item'], document['annotations']
        if len(item['slots']) != 1 or 'frames' in str([annotation.keys() for annotation in annotations]):
            raise ValueError(f"'{path}' is about a video, a volume or several images; export images")
        slot = item['slots'][0]
        name = f"{item.get('path', '').strip('/')}/{item['name']}".lstrip('/')
        if name in images:
            raise ValueError(f"'{path}': image '{name}' is annotated in another file too; delete one of them")
        shapes = [annotation for annotation in annotations if {'polygon', 'mask'} & annotation.keys()]
        boxes += sum('bounding_box' in annotation for annotation in annotations if annotation not in shapes)
        classes.update(shape['name'] for shape in shapes)
        size = slot['width'], slot['height']
        images[name] = Annotated(size, partial(regions, path, annotations, size))
    notes = [f'{amount(boxes, "box", "boxes")} without a shape: the pixels are background'] if boxes else []
    return Export(FORMAT, sorted(classes), {}, images, notes)


def regions(path: Path, annotations: list[Mapping[str, Any]], size: tuple[int, int]) -> Iterator[Region]:
    """Masks of the raster layer first, then polygons in the order of the file."""
    names = {annotation['id']: annotation['name'] for annotation in annotations if 'mask' in annotation}
    for layer in (annotation['raster_layer'] for annotation in annotations if 'raster_layer' in annotation):
        runs = np.array(layer['dense_rle'], np.int64).reshape(-1, 2)
        if runs[:, 1].sum() != size[0] * size[1]:
            raise ValueError(f"'{path}': its raster layer does not have the pixels of the image; export it again")
        values = np.repeat(runs[:, 0], runs[:, 1]).reshape(size[::-1])
        for number, value in layer['mask_annotation_ids_mapping'].items():
            yield Region(names[number], values == value)
    for annotation in annotations:
        if 'polygon' in annotation:
            shown = np.zeros(size[::-1], bool)
            for part in annotation['polygon']['paths']:  # of which those inside others are holes
                shown ^= fill([flat([(point['x'], point['y']) for point in part])], size)
            yield Region(annotation['name'], shown)


READER = Reader(FORMAT, '.json', knows, read)
