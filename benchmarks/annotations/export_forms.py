# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Exports of annotation tools, written without their libraries."""
import json
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from pycocotools import mask as library

from benchmarks.annotations.form_list import HAND, Form, form
from benchmarks.annotations.mask_forms import COLORS, save
from benchmarks.annotations.scenes import CLASSES, HEIGHT, WIDTH, Thing, corners, labels_of, scenes, write_images

FORMS: list[Form] = []
add = partial(form, FORMS)
ORDER = ('--classes', *CLASSES)


def put(path: Path, document) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding='utf-8')


def flat(points) -> list[int]:
    return [number for point in points for number in point]


def polygons(thing: Thing) -> list[list[int]]:
    """The outline, with holes reached by bridges, as tools that know no holes write it."""
    outline = list(thing.outline)
    for hole in thing.holes:
        outline += [outline[0], *corners(hole), corners(hole)[0], outline[0]]
    return [flat(outline)]


def run_lengths(thing: Thing) -> dict:
    """Uncompressed, by columns, the zeros first."""
    pixels = thing.shown.ravel('F').astype(int)
    edges = np.flatnonzero(np.diff(pixels, prepend=0, append=0))
    return dict(size=[HEIGHT, WIDTH], counts=np.diff(edges, prepend=0, append=pixels.size).tolist())


def compressed(thing: Thing) -> dict:
    code = library.encode(np.asfortranarray(thing.shown, np.uint8))
    return dict(code, counts=code['counts'].decode())


def coco(folder: Path, segmentation, **changes) -> None:
    write_images(folder / 'images')
    images = [dict(id=10 + number, file_name=f'{name}.png', width=WIDTH, height=HEIGHT)
              for number, name in enumerate(scenes())]
    annotations = [dict(id=10 * image['id'] + number, image_id=image['id'], bbox=[0, 0, 4, 4], iscrowd=0,
                        category_id=90 if thing.name == 'nucleus' else 5, segmentation=segmentation(thing))
                   for image, things in zip(images, scenes().values()) for number, thing in enumerate(things)]
    categories = [dict(id=90, name='nucleus'), dict(id=5, name='cell')]
    put(folder / 'masks/instances.json', dict(dict(images=images, annotations=annotations, categories=categories),
                                              **changes))


@add('COCO JSON, polygons, ids with gaps', HAND, *ORDER)
def coco_polygons(folder):
    coco(folder, polygons)


@add('COCO JSON, run lengths', HAND, *ORDER)
def coco_runs(folder):
    coco(folder, run_lengths)


@add('COCO JSON, compressed run lengths', 'pycocotools', *ORDER)
def coco_compressed(folder):
    coco(folder, compressed)


@add('COCO JSON, boxes alone', HAND, *ORDER, refused='no segmentation, only 15 boxes')
def coco_boxes(folder):
    coco(folder, lambda thing: [])


@add('COCO JSON, a category that is missing', HAND, *ORDER, refused='category 90, which the file does not list')
def coco_missing(folder):
    coco(folder, polygons, categories=[dict(id=5, name='cell')])


@add('COCO results (of a network)', HAND, *ORDER, refused='results of a network')
def coco_results(folder):
    coco(folder, polygons)
    path = folder / 'masks/instances.json'
    put(path, json.loads(path.read_text())['annotations'])


@add('COCO JSON of images that were resized', HAND, *ORDER, refused='they must agree')
def coco_resized(folder):
    coco(folder, polygons)
    for path in (folder / 'images').iterdir():
        Image.open(path).resize((32, 24)).save(path)


@add('Roboflow COCO: a part per folder', HAND, *ORDER, images='masks')
def roboflow_coco(folder):
    coco(folder, polygons)
    document = json.loads((folder / 'masks/instances.json').read_text())
    (folder / 'masks/instances.json').unlink()
    document['categories'] = [dict(id=0, name='cells', supercategory='none'), *(
        dict(category, supercategory='cells') for category in document['categories'])]
    for part, chosen in (('train', document['images'][:2]), ('valid', document['images'][2:])):
        ids = [image['id'] for image in chosen]
        put(folder / f'masks/{part}/_annotations.coco.json', dict(
            document, images=chosen,
            annotations=[each for each in document['annotations'] if each['image_id'] in ids]))
    for path in sorted((folder / 'images').iterdir()):
        path.rename(folder / 'masks' / ('valid' if path.stem == 'im2' else 'train') / path.name)


@add('Roboflow masks with _classes.csv', HAND, images='masks')
def roboflow_masks(folder):
    write_images(folder / 'masks/train', '{}.jpg')
    for name, things in scenes().items():
        save(folder / 'masks/train', f'{name}_mask.png', labels_of(things))
    put(folder / 'masks/train/_classes.csv', 'Pixel Value, Class\n' + ''.join(
        f'{number}, {name}\n' for number, name in enumerate(CLASSES)))


@add('LabelMe JSON, version 3 without types and sizes', HAND, *ORDER)
def labelme3(folder):
    write_images(folder / 'images')
    for name, things in scenes().items():
        flattened = [dict(label=thing.name, line_color=None, fill_color=None, points=[
            polygons(thing)[0][place:place + 2] for place in range(0, len(polygons(thing)[0]), 2)]) for thing in things]
        put(folder / f'masks/{name}.json', dict(version='3.6.0', flags={}, shapes=flattened, lineColor=[0, 255, 0, 128],
                                                fillColor=[255, 0, 0, 128], imagePath=f'..\\images\\{name}.png',
                                                imageData=None))


def via_entries() -> dict:
    return {f'{name}.png1': dict(filename=f'{name}.png', size=1, file_attributes={}, regions=[
        dict(region_attributes=dict(kind=thing.name), shape_attributes=dict(
            name='polygon', all_points_x=polygons(thing)[0][::2], all_points_y=polygons(thing)[0][1::2]))
        for thing in things]) for name, things in scenes().items()}


@add('VIA 2, JSON', HAND, *ORDER)
def via_json(folder):
    write_images(folder / 'images')
    put(folder / 'masks/via_region_data.json', via_entries())


@add('VIA 2, project', HAND, *ORDER)
def via_project(folder):
    write_images(folder / 'images')
    put(folder / 'masks/via_project.json', dict(_via_settings={}, _via_attributes={}, _via_img_metadata=via_entries()))


@add('Darwin JSON 2 (V7)', HAND, *ORDER)
def darwin(folder):
    write_images(folder / 'images')
    for name, things in scenes().items():
        annotations = [dict(id=str(number), name=thing.name, polygon=dict(paths=[
            [dict(x=x, y=y) for x, y in path] for path in (thing.outline, *map(corners, thing.holes))]))
            for number, thing in enumerate(things)]
        put(folder / f'masks/{name}.json', dict(version='2.0', annotations=annotations, item=dict(
            name=f'{name}.png', path='/', slots=[dict(slot_name='0', width=WIDTH, height=HEIGHT)])))


@add('CVAT segmentation mask: labelmap.txt with parts', HAND, masks='export')
def cvat_masks(folder):
    write_images(folder / 'images')
    put(folder / 'export/labelmap.txt', '# label:color_rgb:parts:actions\n' + ''.join(
        f'{name}:{",".join(map(str, color))}:arm,leg:\n' for name, color in zip(CLASSES, COLORS.tolist())))
    for name, things in scenes().items():
        save(folder / 'export/SegmentationClass', f'{name}.png', COLORS[labels_of(things)])


@add('CVAT for images 1.1 (XML)', HAND, *ORDER)
def cvat_xml(folder):
    write_images(folder / 'images')
    images = ''.join(
        f'<image id="{number}" name="{name}.png" width="{WIDTH}" height="{HEIGHT}">' + ''.join(
            '<polygon label="{}" occluded="0" z_order="0" points="{}"/>'.format(
                thing.name, ';'.join(f'{x},{y}' for x, y in np.reshape(polygons(thing)[0], (-1, 2))))
            for thing in things) + '</image>' for number, (name, things) in enumerate(scenes().items()))
    put(folder / 'masks/annotations.xml', f'<?xml version="1.0"?><annotations><version>1.1</version>{images}'
        '</annotations>')


@add('Label Studio, PNG per label, without its JSON', HAND, *ORDER, refused='--tasks')
def label_studio_pngs(folder):
    write_images(folder / 'images')
    for task, things in enumerate(scenes().values(), start=1):
        for label in (1, 2):
            save(folder / 'masks', f'task-{task}-annotation-{task}-by-1-tag-{CLASSES[label]}-0.png',
                 (255 * (labels_of(things) == label)).astype(np.uint8))


@add('YOLO segmentation', HAND, *ORDER)
def yolo(folder):
    write_images(folder / 'images')
    put(folder / 'masks/data.yaml', 'names:\n- cell\n- nucleus\nnc: 2\n')
    for name, things in scenes().items():
        put(folder / f'masks/labels/{name}.txt', ''.join(
            f'{CLASSES.index(thing.name) - 1} ' + ' '.join(
                str(number / (WIDTH, HEIGHT)[place % 2]) for place, number in enumerate(polygons(thing)[0])) + '\n'
            for thing in things))


@add('an export that is still a .zip', HAND, *ORDER, refused='is an archive: unpack it', masks='export.zip')
def archive(folder):
    write_images(folder / 'images')
    put(folder / 'export.zip', 'PK')


@add('JSON of no known format', HAND, *ORDER, refused='of no known format; the known ones are', masks='some.json')
def other_json(folder):
    write_images(folder / 'images')
    put(folder / 'some.json', dict(frames=[]))
