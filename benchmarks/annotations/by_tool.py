# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reads and writes annotations by the libraries of the tools themselves: ``by_tool.py read|write TOOL FOLDER REGIONS``.

It runs in the environment of the tool and imports nothing of this package. REGIONS holds a file NAME.npz per image:
`names` (R, ), the class of each region, and `masks` (R, H, W), bool, in drawing order. `write` also needs the images in
FOLDER/images, which are named like the regions.
"""
import json
import sys
import uuid
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image


def size_of(folder: Path, name: str) -> tuple[int, int]:
    """Height and width of an image."""
    with Image.open(folder / 'images' / f'{name}.png') as image:
        return image.size[::-1]


def read_coco(folder: Path) -> dict:
    from pycocotools.coco import COCO
    coco = COCO(str(folder / 'annotations.json'))
    found = {}
    for image in coco.loadImgs(coco.getImgIds()):
        own = coco.loadAnns(coco.getAnnIds(imgIds=image['id']))
        found[Path(image['file_name']).stem] = [
            (coco.cats[each['category_id']]['name'], coco.annToMask(each) > 0) for each in own]
    return found


def write_coco(folder: Path, regions: dict) -> None:
    from pycocotools import mask as library
    classes = sorted({name for own in regions.values() for name, _ in own})
    images, annotations = [], []
    for number, (image, own) in enumerate(regions.items(), start=1):
        height, width = size_of(folder, image)
        images.append(dict(id=number, file_name=f'{image}.png', width=width, height=height))
        for name, shown in own:
            code = library.encode(np.asfortranarray(shown, np.uint8))
            annotations.append(dict(
                id=len(annotations) + 1, image_id=number, category_id=classes.index(name) + 1, iscrowd=0,
                area=int(library.area(code)), bbox=library.toBbox(code).tolist(),
                segmentation=dict(code, counts=code['counts'].decode())))
    categories = [dict(id=number, name=name) for number, name in enumerate(classes, start=1)]
    (folder / 'annotations.json').write_text(json.dumps(dict(
        images=images, annotations=annotations, categories=categories)))


def read_labelme(folder: Path) -> dict:
    from labelme._label_file import read_label_file
    from labelme.utils import shapes_to_label
    found = {}
    for path in sorted(folder.glob('*.json')):
        document = read_label_file(str(path))
        size = size_of(folder, path.stem)
        found[path.stem] = [(shape['label'], shapes_to_label(size, [shape], {shape['label']: 1})[0] > 0)
                            for shape in document.shapes]
    return found


def write_labelme(folder: Path, regions: dict) -> None:
    from labelme._label_file import write_label_file
    from labelme.utils import img_arr_to_b64, masks_to_bboxes
    for image, own in regions.items():
        height, width = size_of(folder, image)
        shapes = []
        for name, shown in own:
            top, left, bottom, right = masks_to_bboxes(shown[None])[0].astype(int).tolist()
            shapes.append(dict(
                label=name, points=[[left, top], [right - 1, bottom - 1]], shape_type='mask', flags={}, group_id=None,
                description='', mask=img_arr_to_b64(shown[top:bottom, left:right].astype(np.uint8))))
        write_label_file(str(folder / f'{image}.json'), shapes=shapes, image_path=f'images/{image}.png',
                         image_height=height, image_width=width)


def read_label_studio(folder: Path) -> dict:
    from label_studio_sdk.converter.brush import decode_from_annotation
    found = {}
    for task in json.loads((folder / 'tasks.json').read_text()):
        own = []
        for result in task['predictions'][0]['result']:
            layers = decode_from_annotation('tag', [dict(
                result['value'], type='brushlabels', original_width=result['original_width'],
                original_height=result['original_height'])])
            own += [(result['value']['brushlabels'][0], layer > 0) for layer in layers.values()]
        found[Path(task['data']['image'].partition('?d=')[2]).stem] = own
    return found


def write_label_studio(folder: Path, regions: dict) -> None:
    from label_studio_sdk.converter.brush import mask2rle
    tasks = []
    for number, (image, own) in enumerate(regions.items(), start=1):
        results = [dict(
            id=uuid.uuid4().hex[:8], type='brushlabels', from_name='tag', to_name='image', image_rotation=0,
            original_width=shown.shape[1], original_height=shown.shape[0],
            value=dict(format='rle', rle=mask2rle(shown.astype(np.uint8) * 255), brushlabels=[name]))
            for name, shown in own]
        tasks.append(dict(id=number, data=dict(image=f'/data/upload/1/{uuid.uuid4().hex[:8]}-{image}.png'),
                          annotations=[dict(id=number, completed_by=1, result=results)]))
    (folder / 'export.json').write_text(json.dumps(tasks))


def read_cvat(folder: Path) -> dict:
    from datumaro.components.annotation import AnnotationType
    from datumaro.components.dataset import Dataset
    dataset = Dataset.import_from(str(folder), 'cvat')
    names = [each.name for each in dataset.categories()[AnnotationType.label].items]
    return {item.id: [(names[each.label], np.asarray(each.image) > 0)
                      for each in sorted(item.annotations, key=lambda each: each.z_order)] for item in dataset}


def write_cvat(folder: Path, regions: dict) -> None:
    from datumaro.components.annotation import Mask
    from datumaro.components.dataset import Dataset
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image as Media
    classes = sorted({name for own in regions.values() for name, _ in own})
    items = [DatasetItem(id=image, media=Media.from_file(str(folder / 'images' / f'{image}.png')), annotations=[
        Mask(shown.astype(np.uint8), label=classes.index(name), z_order=order)
        for order, (name, shown) in enumerate(own)]) for image, own in regions.items()]
    Dataset.from_iterable(items, categories=classes).export(str(folder), 'cvat')


TOOLS = {'coco': 'pycocotools', 'labelme': 'labelme', 'label-studio': 'label-studio-sdk', 'cvat': 'datumaro'}


def main(mode: str, form: str, folder: str, regions: str) -> None:
    name = form.replace('-', '_')
    if mode == 'read':
        for image, own in globals()[f'read_{name}'](Path(folder)).items():
            np.savez_compressed(Path(regions, image), names=np.array([each for each, _ in own], dtype=str),
                                masks=np.array([shown for _, shown in own], dtype=bool))
    else:
        found = {}
        for path in sorted(Path(regions).glob('*.npz')):
            with np.load(path) as data:
                found[path.stem] = list(zip(data['names'].tolist(), data['masks']))
        globals()[f'write_{name}'](Path(folder), found)
    print(version(TOOLS[form]))


if __name__ == '__main__':
    main(*sys.argv[1:])
