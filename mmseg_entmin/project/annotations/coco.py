# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""COCO JSON: polygons and run lengths, as many tools write it."""
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mmseg_entmin.words import amount

from .coco_runs import decode
from .documents import load_json
from .export import Annotated, Crowd, Export, Reader, Region
from .polygons import box, fill, flat

FORMAT = 'COCO JSON'
RESULTS = {'image_id', 'category_id', 'segmentation'}

TEXTS = dict(  # before and after their number
    crowds=('crowd regions (iscrowd 1)', 'ignored where no object is; if they are objects, give --crowd-objects'),
    drawn=('masks with iscrowd 1', 'taken as objects, since the tool writes it for every mask that is no polygon'),
    boxes=('boxes without segmentation', 'their pixels are ignored'),
    merged=('categories with the name of another one', 'taken as one class'),
    short=('polygons with fewer than 3 points', 'they have no area'))


def knows(path: Path, document: Any) -> bool:
    """Whether it is a COCO data set, or COCO results, which `read` refuses."""
    if isinstance(document, list):
        return bool(document) and isinstance(document[0], dict) and RESULTS <= document[0].keys()
    return isinstance(document, dict) and all(isinstance(document.get(key), list)
                                              for key in ('images', 'annotations', 'categories'))


def read(paths: list[Path], folder: Path) -> Export:
    """The export in one or several files, such as those of a training and a validation part. Image names are relative
    to the folder of their file, below `folder`."""
    images: dict[str, Annotated] = {}
    classes: dict[str, None] = {}
    counts: Counter = Counter()
    outlined, others = with_outlines(paths)
    for path in outlined:
        document = load_json(path)
        if isinstance(document, list):
            raise ValueError(f"'{path}' holds results of a network without images and classes; give the JSON of a data "
                             'set, with images, annotations and categories')
        if any('segments_info' in annotation for annotation in document['annotations'][:1]):
            raise ValueError(f"'{path}' is COCO panoptic, with segments in PNG files; convert it to COCO instances")
        names = category_names(path, document, counts)
        classes.update(dict.fromkeys(names.values()))
        for name, annotated in annotated_images(path, document, names, counts):
            key = (path.parent.relative_to(folder) / name.replace('\\', '/')).as_posix()
            if key in images:
                raise ValueError(f"'{path}': image '{name}' is listed twice; give one export of each image")
            images[key] = annotated
    if not counts['regions']:
        raise ValueError(f"'{paths[0]}' holds no segmentation" + (f', only {counts["boxes"]} boxes; export polygons or '
                         'masks' if counts['boxes'] else ''))
    notes = [f'{what}: {counts[key]}; {done}' for key, (what, done) in TEXTS.items() if counts[key]]
    if others:
        notes.append(f"not read, as annotations without segmentation: {amount(len(others), 'file')}, like "
                     f"'{others[0]}'")
    return Export(FORMAT, list(classes), {}, images, notes)


def with_outlines(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """The files to read, and those of several that only have captions, key points or boxes; all if none has more."""
    def bare(path: Path) -> bool:
        document = load_json(path)
        annotations = document['annotations'] if isinstance(document, dict) else document
        return bool(annotations) and not any(annotation.get('segmentation') for annotation in annotations)

    others = [path for path in paths if bare(path)] if len(paths) > 1 else []
    outlined = [path for path in paths if path not in others]
    return (outlined, others) if outlined else (paths, [])


def category_names(path: Path, document: Mapping[str, Any], counts: Counter) -> dict[Any, str]:
    """Class of each category. The unused category that Roboflow puts above all others is left out."""
    names = {}
    for category in document['categories']:
        if category['id'] in names:
            raise ValueError(f"'{path}': two categories have the id {category['id']}; export it again")
        names[category['id']] = str(category['name']).strip()
    used = {annotation.get('category_id') for annotation in document['annotations']}
    above = {category.get('supercategory') for category in document['categories']}
    for category in document['categories']:
        top = category.get('supercategory') == 'none' and above == {'none', category['name']}
        if top and category['id'] not in used:
            del names[category['id']]
    counts['merged'] += len(names) - len(set(names.values()))
    return names


def marks_masks(document: Mapping[str, Any]) -> bool:
    """Whether a tool wrote the file that marks every mask that is no polygon as a crowd: Datumaro, also inside CVAT, or
    supervision."""
    licenses, info = document.get('licenses'), document.get('info')
    datumaro = licenses == [dict(name='', id=0, url='')] and isinstance(info, dict) and 'contributor' in info
    return datumaro or info == {} and all(
        category.get('supercategory') == 'common-objects' for category in document['categories'])


def annotated_images(path: Path, document: Mapping[str, Any], names: Mapping[Any, str],
                     counts: Counter) -> Iterator[tuple[str, Annotated]]:
    """The images of a file, with their annotations."""
    sizes, parts = {}, defaultdict(list)
    for image in document['images']:
        if image['id'] in sizes:
            raise ValueError(f"'{path}': two images have the id {image['id']}; export it again")
        if not image.get('width') or not image.get('height'):
            raise ValueError(f"'{path}': image '{image['file_name']}' has no width and height; export it again")
        sizes[image['id']] = int(image['width']), int(image['height'])
    for annotation in document['annotations']:
        for key, known, what in (('image_id', sizes, 'image'), ('category_id', names, 'category')):
            if annotation.get(key) not in known:
                raise ValueError(f"'{path}': annotation {annotation.get('id')} is of {what} {annotation.get(key)}, "
                                 f'which the file does not list; export it again')
        parts[annotation['image_id']].append(annotation)
    masks = marks_masks(document)
    for image in document['images']:
        size, own = sizes[image['id']], parts[image['id']]
        for annotation in own:
            count(path, annotation, size, masks, counts)
        yield str(image['file_name']), Annotated(size, partial(regions, own, names, size, masks))


def count(path: Path, annotation: Mapping[str, Any], size: tuple[int, int], masks: bool, counts: Counter) -> None:
    """Counts an annotation by its kind; ValueError for a mask of another size than the image's."""
    segmentation = annotation.get('segmentation')
    if not segmentation:
        counts['boxes'] += 1
        return
    counts['regions'] += 1
    counts['drawn' if masks else 'crowds'] += is_crowd(annotation)
    if isinstance(segmentation, dict):
        if tuple(segmentation['size']) != size[::-1]:
            raise ValueError(f"'{path}': annotation {annotation.get('id')} is a mask of {segmentation['size'][1]} x "
                             f'{segmentation["size"][0]} pixels, its image has {size[0]} x {size[1]}; export it again')
    else:
        counts['short'] += sum(len(polygon) < 6 for polygon in nested(segmentation))


def is_crowd(annotation: Mapping[str, Any]) -> bool:
    return bool(int(annotation.get('iscrowd') or 0))  # some files have it as text


def regions(annotations: list[Mapping[str, Any]], names: Mapping[Any, str], size: tuple[int, int],
            masks: bool) -> Iterator[Region]:
    """Boxes without segmentation first, which are ignored, so that objects lie over them; then the others in the order
    of the file."""
    for annotation in annotations:
        if not annotation.get('segmentation'):
            yield Region(None, shown(annotation, size))
    for annotation in annotations:
        if annotation.get('segmentation'):
            kind = Crowd if is_crowd(annotation) and not masks else Region
            yield kind(names[annotation['category_id']], shown(annotation, size))


def shown(annotation: Mapping[str, Any], size: tuple[int, int]) -> np.ndarray:
    """The pixels (H, W) of an annotation, bool; ValueError that names it."""
    try:
        return pixels(annotation, size)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"annotation {annotation.get('id')} of the {FORMAT} cannot be read: {error}") from error


def pixels(annotation: Mapping[str, Any], size: tuple[int, int]) -> np.ndarray:
    """The pixels of its segmentation, or of its box without one."""
    segmentation = annotation.get('segmentation')
    if isinstance(segmentation, dict):
        return decode(segmentation)
    if segmentation:
        return fill(nested(segmentation), size)
    x, y, width, height = annotation.get('bbox') or (0, 0, 0, 0)
    return fill([box(x, y, x + width, y + height)], size)


def nested(segmentation: list) -> list[list[float]]:
    """Polygons; some tools write a single one without a list around it, or points as pairs."""
    polygons = segmentation if isinstance(segmentation[0], list) else [segmentation]
    return [flat(polygon) if polygon and isinstance(polygon[0], list) else polygon for polygon in polygons]


READER = Reader(FORMAT, '.json', knows, read)
