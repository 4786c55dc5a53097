# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Cityscapes' NAME_gtFine_polygons.json: the 19 classes of its evaluation, all else is ignored."""
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from mmseg.datasets import CityscapesDataset

from .documents import load_json
from .export import Annotated, Export, Reader, Region
from .polygons import fill, flat

FORMAT = 'Cityscapes polygons'
GROUP = 'group'  # the end of the label of several objects, which count as their class
CLASSES = CityscapesDataset.METAINFO['classes']
COLORS = dict(zip(CLASSES, map(tuple, CityscapesDataset.METAINFO['palette'])))


def knows(path: Path, document: Any) -> bool:
    return isinstance(document, dict) and {'imgHeight', 'imgWidth', 'objects'} <= document.keys()


def read(paths: list[Path], folder: Path) -> Export:
    """The export in a folder of files; labels of no class of the evaluation, and what has no label, are ignored."""
    images, others = {}, set()
    for path in paths:
        document = load_json(path)
        size = document['imgWidth'], document['imgHeight']
        objects = [thing for thing in document['objects'] if not thing.get('deleted')]
        others.update(thing['label'] for thing in objects if class_of(thing) is None)
        name = path.relative_to(folder).with_suffix('').as_posix().removesuffix('_polygons')
        for kind in ('_gtFine', '_gtCoarse'):
            name = name.removesuffix(kind)
        images[f'{name}_leftImg8bit'] = Annotated(size, partial(regions, objects, size))
    notes = [f'labels that the evaluation leaves out are ignored: {", ".join(sorted(others))}'] if others else []
    return Export(FORMAT, list(CLASSES), COLORS, images, notes, background=False)


def class_of(thing: Mapping[str, Any]) -> str | None:
    label = thing['label']
    return next((name for name in (label, label.removesuffix(GROUP)) if name in CLASSES), None)


def regions(objects: list[Mapping[str, Any]], size: tuple[int, int]) -> Iterator[Region]:
    """The objects in the order of the file, from back to front."""
    for thing in objects:
        shown: np.ndarray = fill([flat(thing['polygon'])], size)
        yield Region(class_of(thing), shown)


READER = Reader(FORMAT, '.json', knows, read)
