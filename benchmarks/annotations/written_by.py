# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes annotations by the library of a tool, and draws them as the tool does: ``written_by.py TOOL FOLDER``.

It runs in the environment of the tool and imports nothing of this package. FOLDER/scenes.json holds the objects of each
image, {name: [[class, corners, holes], ...]}, and FOLDER/images the images. The export goes to FOLDER/masks, the labels
as the tool draws them to FOLDER/drawn/NAME.png, and the version of the tool to the standard output.
"""
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 64, 48
CLASSES = ['background', 'cell', 'nucleus']


def corners(box):
    left, top, right, bottom = box
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def with_bridges(outline, holes):
    """One outline that reaches its holes by bridges."""
    points = list(outline)
    for hole in holes:
        points += [outline[0], *corners(hole), corners(hole)[0], outline[0]]
    return points


def filled(outline, holes):
    """The pixels of an object whose outline runs along the edges of pixels, by the number of edges to the left."""
    shown = np.zeros((HEIGHT, WIDTH), bool)
    for points in (outline, *map(corners, holes)):
        for (x, first), (_, last) in zip(points, points[1:] + points[:1]):
            shown[min(first, last):max(first, last), x:] ^= True
    return shown


def by_labelme(folder, scenes):
    """Polygons, with a mask for the first object."""
    import base64
    import io

    from labelme._label_file import read_label_file, write_label_file
    from labelme.utils import shapes_to_label
    for name, things in scenes.items():
        shapes = []
        for number, (label, outline, holes) in enumerate(things):
            shape = dict(label=label, points=with_bridges(outline, holes), group_id=None, description='',
                         shape_type='polygon', flags={}, mask=None)
            if not number:
                shown, data = filled(outline, holes), io.BytesIO()
                (top, left), (bottom, right) = np.argwhere(shown).min(0), np.argwhere(shown).max(0)
                Image.fromarray(shown[top:bottom + 1, left:right + 1]).save(data, 'PNG')
                shape.update(shape_type='mask', points=[[int(left), int(top)], [int(right), int(bottom)]],
                             mask=base64.b64encode(data.getvalue()).decode())
            shapes.append(shape)
        path = folder / 'masks' / f'{name}.json'
        write_label_file(str(path), shapes=shapes, image_path=f'../images/{name}.png', image_height=HEIGHT,
                         image_width=WIDTH, image_data=(folder / 'images' / f'{name}.png').read_bytes())
        labels, _ = shapes_to_label((HEIGHT, WIDTH), read_label_file(str(path)).shapes, dict(zip(CLASSES, range(3))))
        yield name, labels
    return 'labelme'


def by_labelme3(folder, scenes):
    """Polygons, by version 3 to 5."""
    from labelme.label_file import LabelFile
    from labelme.utils import shapes_to_label
    for name, things in scenes.items():
        shapes = [dict(label=label, points=with_bridges(outline, holes), shape_type='polygon', flags={},
                       line_color=None, fill_color=None) for label, outline, holes in things]
        LabelFile().save(str(folder / 'masks' / f'{name}.json'), shapes, f'../images/{name}.png', HEIGHT, WIDTH,
                         imageData=(folder / 'images' / f'{name}.png').read_bytes())
        drawn = shapes_to_label((HEIGHT, WIDTH), shapes, dict(zip(CLASSES, range(3))))
        yield name, drawn[0] if isinstance(drawn, tuple) else drawn
    return 'labelme'


by_labelme5 = by_labelme3


def by_supervisely(folder, scenes):
    """Polygons with holes, and a bitmap for the first object."""
    import supervisely as sly
    meta = sly.ProjectMeta(obj_classes=[sly.ObjClass(name, sly.AnyGeometry, color=[90 * number, 255, 0])
                                        for number, name in enumerate(CLASSES[1:])])
    (folder / 'masks/meta.json').write_text(json.dumps(meta.to_json()))
    (folder / 'masks/data/ann').mkdir(parents=True)
    for name, things in scenes.items():
        labels, drawn = [], np.zeros((HEIGHT, WIDTH), np.uint8)
        for number, (label, outline, holes) in enumerate(things):
            points, interior = ([sly.PointLocation(y, x) for x, y in part] for part in (outline, []))
            interior = [[sly.PointLocation(y, x) for x, y in corners(hole)] for hole in holes]
            geometry = sly.Polygon(points, interior) if number else sly.Bitmap(filled(outline, holes))
            labels.append(sly.Label(geometry, meta.get_obj_class(label)))
            geometry.draw(drawn, CLASSES.index(label))
        annotation = sly.Annotation((HEIGHT, WIDTH), labels)
        (folder / 'masks/data/ann' / f'{name}.png.json').write_text(json.dumps(annotation.to_json()))
        yield name, drawn
    return 'supervisely'


def by_datumaro(folder, scenes, form='coco_instances', masks=True):
    """Masks or polygons in one of its formats."""
    import datumaro
    from datumaro.components.annotation import Mask, Polygon
    from datumaro.components.dataset_base import DatasetItem
    from datumaro.components.media import Image as Media
    items = []
    for name, things in scenes.items():
        own = []
        for number, (label, outline, holes) in enumerate(things, start=1):
            common = dict(label=CLASSES.index(label), id=number, group=number, z_order=number)
            own.append(Mask(filled(outline, holes), **common) if masks else
                       Polygon([value for point in with_bridges(outline, holes) for value in point], **common))
        items.append(DatasetItem(name, subset='train', media=Media.from_file(str(folder / 'images' / f'{name}.png')),
                                 annotations=own))
    dataset = datumaro.Dataset.from_iterable(items, categories=CLASSES)
    dataset.export(str(folder / 'masks' / form), form, save_media=False)
    yield from ()
    return 'datumaro'


def by_cityscapes(folder, scenes):
    """Polygons of road and car, drawn by the scripts of Cityscapes."""
    from cityscapesscripts.helpers.annotation import Annotation, CsPoly, Point
    from cityscapesscripts.preparation.json2labelImg import createLabelImage
    for name, things in scenes.items():
        annotation = Annotation()
        annotation.imgWidth, annotation.imgHeight = WIDTH, HEIGHT
        for label, outline, holes in things:
            thing = CsPoly()
            thing.label = label
            thing.polygon = [Point(x, y) for x, y in with_bridges(outline, holes)]
            annotation.objects.append(thing)
        annotation.toJsonFile(str(folder / 'masks' / f'{name}_gtFine_polygons.json'))
        yield name, np.array(createLabelImage(annotation, 'trainIds'))
    return 'cityscapesScripts'


def by_nnunetv2(folder, scenes):
    """Masks and the description of them."""
    import importlib.util
    from importlib.metadata import files
    path, = (file.locate() for file in files('nnunetv2') if file.name == 'generate_dataset_json.py')
    spec = importlib.util.spec_from_file_location('described', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (folder / 'masks/labelsTr').mkdir()
    (folder / 'images').rename(folder / 'masks/imagesTr')
    module.generate_dataset_json(str(folder / 'masks'), {0: 'R', 1: 'G', 2: 'B'}, dict(zip(CLASSES, range(3))),
                                 len(scenes), '.png')
    for name, things in scenes.items():
        labels = np.zeros((HEIGHT, WIDTH), np.uint8)
        for label, outline, holes in things:
            labels[filled(outline, holes)] = CLASSES.index(label)
        Image.fromarray(labels).save(folder / 'masks/labelsTr' / f'{name}.png')
    yield from ()
    return 'nnunetv2'


def by_supervision(folder, scenes):
    """Masks as COCO JSON."""
    import supervision as sv
    annotations = {}
    for name, things in scenes.items():
        shown = np.array([filled(outline, holes) for _, outline, holes in things])
        annotations[str(folder / 'images' / f'{name}.png')] = sv.Detections(
            xyxy=sv.mask_to_xyxy(shown).astype(float), mask=shown,
            class_id=np.array([CLASSES.index(label) for label, *_ in things]))
    data = sv.DetectionDataset(classes=CLASSES, images=list(annotations), annotations=annotations)
    data.as_coco(annotations_path=str(folder / 'masks/annotations.json'))
    yield from ()
    return 'supervision'


def by_studio(folder, scenes):
    """Label Studio's JSON with strokes of the brush."""
    from label_studio_sdk.converter.brush import mask2rle
    tasks = []
    for number, (name, things) in enumerate(scenes.items(), start=1):
        results = [dict(id=f'{number}{place}', type='brushlabels', from_name='tag', to_name='image', image_rotation=0,
                        original_width=WIDTH, original_height=HEIGHT, value=dict(format='rle', brushlabels=[
                            label], rle=mask2rle(filled(outline, holes).astype(np.uint8) * 255)))
                   for place, (label, outline, holes) in enumerate(things)]
        tasks.append(dict(id=number, data=dict(image=f'/data/upload/1/0123456{number}-{name}.png'),
                          annotations=[dict(id=number, completed_by=1, result=results)]))
    (folder / 'masks/export.json').write_text(json.dumps(tasks))
    yield from ()
    return 'label-studio-sdk'


def by_datumaro_polygons(folder, scenes):
    return (yield from by_datumaro(folder, scenes, masks=False))


def by_datumaro_voc(folder, scenes):
    return (yield from by_datumaro(folder, scenes, 'voc_segmentation'))


def by_datumaro_cvat(folder, scenes):
    return (yield from by_datumaro(folder, scenes, 'cvat', masks=False))


def main(tool, folder):
    (folder / 'masks').mkdir()
    (folder / 'drawn').mkdir()
    steps = globals()[f'by_{tool}'](folder, json.loads((folder / 'scenes.json').read_text()))
    while True:
        try:
            name, labels = next(steps)
        except StopIteration as end:
            print(version(end.value))
            return
        Image.fromarray(np.asarray(labels).astype(np.uint8)).save(folder / 'drawn' / f'{name}.png')


if __name__ == '__main__':
    main(sys.argv[1], Path(sys.argv[2]))
