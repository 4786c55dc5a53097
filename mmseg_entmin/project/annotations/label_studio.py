# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Label Studio's exports JSON and JSON-MIN.

Skipped annotations and predictions do not count. If an annotation is marked as ground truth, it counts alone. Else the
last annotation of each annotator counts, and of several annotators the majority, pixel by pixel.
"""
import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.words import amount

from .agreement import agreed
from .documents import load_json
from .export import Annotated, Export, Reader, Region
from .label_studio_shapes import AREAS, area, kind_of, labels_of

UPLOADED = re.compile(r'^[0-9a-f]{8}-')  # Label Studio puts it before the names of uploaded files


class Task(NamedTuple):
    number: Any
    image: str  # its file, as the export names it
    annotations: list[list[dict]]  # results that show an area, by annotator


def knows(path: Path, document: Any) -> bool:
    first = document[0] if isinstance(document, list) and document else document
    return isinstance(first, dict) and (
        isinstance(first.get('data'), dict) and not {'annotations', 'completions', 'predictions'}.isdisjoint(first)
        or {'annotation_id', 'annotator'} <= first.keys())


def read(paths: list[Path], folder: Path) -> Export:
    """The annotations of all tasks. ValueError names the file and the task that cannot be read."""
    left_out: Counter = Counter()
    tasks: dict[str, tuple[Task, Path]] = {}
    for path in paths:
        document = load_json(path)
        for task in tasks_of(document if isinstance(document, list) else [document], path, left_out):
            if task.image in tasks:
                other, place = tasks[task.image]
                raise ValueError(f"task {other.number} in '{place}' and task {task.number} in '{path}' are both of "
                                 f"'{task.image}'; keep one of them")
            tasks[task.image] = task, path
    if not tasks:
        raise ValueError(f"no task in '{paths[0]}' has an annotation: skipped ones and predictions do not count. "
                         'Submit annotations in Label Studio, and export again')
    classes = [*dict.fromkeys(name for task, _ in tasks.values() for results in task.annotations
                              for result in results for name in labels_of(result))]
    images, disputed = {}, []
    for name, (task, path) in tasks.items():
        try:
            images[name], share = annotated(task, classes)
        except ValueError as error:
            raise ValueError(f"task {task.number} in '{path}': {error}") from error
        if share is not None:
            disputed.append(share)
    notes = [f'{what}: {count}, {done}' for (what, done), count in left_out.items()]
    if disputed:
        notes.append(f'{amount(len(disputed), "image has", "images have")} several annotators: each pixel gets the '
                     f'label of more than half of them, and the {np.mean(disputed):.2%} of the pixels without '
                     'one are ignored')
    return Export('Label Studio JSON', classes, {}, images, notes)


def annotated(task: Task, classes: list[str]) -> tuple[Annotated, float | None]:
    """The regions of a task, and of several annotators the share of the pixels on which they do not agree."""
    sizes = {(result.get('original_width'), result.get('original_height')) for results in task.annotations
             for result in results}
    if len(sizes) > 1 or any(None in size for size in sizes):
        raise ValueError(f'its regions state {len(sizes)} sizes of the image, {sorted(map(str, sizes))}')
    if not sizes:  # no region states the size
        return Annotated(None, lambda size: iter(())), None
    size = sizes.pop()
    single = [Annotated(size, lambda results=results: regions(results, size)) for results in task.annotations]
    for each in single:
        for _ in each.regions():  # what cannot be read is refused before anything is written
            pass
    if len(single) == 1:
        return single[0], None
    result = agreed(single, classes)
    return Annotated(size, result.regions), result.disputed


def regions(results: list[dict], size: tuple[int, int]) -> Iterator[Region]:
    for result in results:
        shown = area(result, size)
        for name in labels_of(result):
            yield Region(name, shown)


def tasks_of(document: list[dict], path: Path, left_out: Counter) -> Iterator[Task]:
    """The annotated tasks of a file; `left_out` counts what does not become labels."""
    if 'annotation_id' in document[0]:
        document = full_form(document)
    for task in document:
        number = task.get('id', '(without a number)')
        valid = [each for each in task.get('annotations', task.get('completions')) or ()
                 if not (each.get('was_cancelled') or each.get('skipped'))]
        if not valid:
            left_out['tasks without an annotation, or with only skipped ones and predictions', 'unlabeled'] += 1
            continue
        latest: dict[str, dict] = {}
        for each in sorted(valid, key=lambda each: str(each.get('updated_at') or each.get('created_at') or '')):
            by = each.get('completed_by')
            latest[str(by.get('id', by) if isinstance(by, dict) else by)] = each
        truths = [each for each in valid if each.get('ground_truth')]
        annotations = [areas_of(each.get('result') or [], left_out) for each in truths[-1:] or latest.values()]
        tags = {str(result.get('to_name', '')) for results in annotations for result in results}
        yield Task(number, image_of(task, path, tags), annotations)


def areas_of(results: list[dict], left_out: Counter) -> list[dict]:
    """The results that show areas, with the labels that other results of the same regions hold."""
    named = {result.get('id'): labels_of(result) for result in results if result.get('type') == 'labels'}
    found = []
    for result in results:
        kind = str(result.get('type', ''))
        if kind_of(result) not in AREAS:
            if kind.endswith('labels') and kind != 'labels':
                left_out[f'regions of type {kind}, which show no area', 'not drawn'] += 1
            continue
        names = labels_of(result) or named.get(result.get('id')) or []
        if not names:
            left_out['regions without a label', 'not drawn'] += 1
            continue
        found.append(dict(result, value=dict(result['value'], labels=names)))
    return found


def full_form(rows: list[dict]) -> list[dict]:
    """Tasks of JSON-MIN, which has an annotation per row, in the form of JSON."""
    tasks: dict[Any, dict] = {}
    for row in rows:
        data = {key: value for key, value in row.items() if isinstance(value, str)}
        values = [value for cell in row.values() if isinstance(cell, list) for value in cell if isinstance(value, dict)]
        results = [dict(value, value=value, type=next((key for key in value if key.endswith('labels')), ''))
                   for value in values]
        own = row.get('id', next(iter(image_names(data).values()), None))
        task = tasks.setdefault(own, dict(id=row.get('id'), data=data, annotations=[]))
        task['annotations'].append(dict(result=results, completed_by=row.get('annotator'),
                                        updated_at=row.get('updated_at')))
    return [*tasks.values()]


def image_of(task: dict, path: Path, tags: Collection[str] = ()) -> str:
    """The image of a task, in which regions belong to the images `tags` of the labeling interface. ValueError if its
    data names none, or several and not which of them the regions are of."""
    names = image_names(task['data'])
    if not names:
        raise ValueError(f"task {task.get('id')} in '{path}' names no image, only {', '.join(task['data'])}")
    own = [names[key] for key in tags if len(tags) == 1 and key in names] or [*dict.fromkeys(names.values())]
    if len(own) > 1 or len(tags) > 1 < len(names):
        where = ', '.join(sorted(filter(None, tags))) or 'an image'
        raise ValueError(f"task {task.get('id')} in '{path}' has regions of {where}, and its data names the "
                         f'images {", ".join(names)}: export a project that has one image a task')
    return own[0]


def image_names(data: dict) -> dict[str, str]:
    """The files in the addresses of images among the data of a task, by their keys."""
    return {key: name for key, address in data.items() if isinstance(address, str)
            and (name := file_name(address)).lower().endswith(IMG_EXTENSIONS)}


def file_name(address: str) -> str:
    """The path in an address of Label Studio: of local files 'folder/a.png', of uploaded ones 'a.png'."""
    parts = urlsplit(address)
    if 'd' in parse_qs(parts.query):
        return parse_qs(parts.query)['d'][0]
    path = PurePosixPath(unquote(parts.path))
    return UPLOADED.sub('', path.name) if 'upload' in path.parts else str(path).lstrip('/')


READER = Reader('Label Studio JSON', '.json', knows, read)
