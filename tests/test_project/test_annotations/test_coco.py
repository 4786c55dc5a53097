# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""COCO JSON: polygons, run lengths of both kinds, holes, crowds, and what is wrong in real files."""
import json
from copy import deepcopy

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from mmseg_entmin.project.annotations.export import IGNORED, draw
from mmseg_entmin.project.annotations.registry import recognise

CLASSES = ['background', 'cell', 'nucleus']
SQUARE = [1, 1, 4, 1, 4, 4, 1, 4]  # 9 pixels


def annotation(number, category, segmentation, image=7, **more):
    return dict(id=number, image_id=image, category_id=category, segmentation=segmentation, bbox=[6, 0, 2, 2], **more)


def data(*annotations):
    images = [dict(id=number, file_name=name, width=10, height=8) for number, name in ((7, 'a.png'), (3, 'b.png'))]
    return dict(images=images,
                categories=[dict(id=5, name='cell'), dict(id=90, name='nucleus')], annotations=list(annotations))


def written(tmp_path, document, name='instances.json'):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def labels(export, name='a.png', **options):
    return draw(export.images[name], CLASSES, **options).labels


def test_ids_with_gaps_and_all_kinds_of_segmentation(tmp_path):
    ring = np.zeros((8, 10), np.uint8)
    ring[2:7, 3:9] = 1
    ring[4, 5] = 0
    counts = np.flatnonzero(np.diff(np.concatenate([[0], ring.ravel('F'), [0]])))
    runs = np.diff(np.concatenate([[0], counts, [ring.size]])).tolist()
    compressed = coco_mask.encode(np.asfortranarray(ring))
    compressed['counts'] = compressed['counts'].decode()
    for segmentation in (dict(size=[8, 10], counts=runs), compressed):
        export = recognise(written(tmp_path, data(annotation(1, 90, segmentation), annotation(2, 5, [SQUARE]))))
        assert export.format == 'COCO JSON' and export.classes == CLASSES[1:] and not export.notes
        expected = 2 * ring
        expected[1:4, 1:4] = 1
        assert (labels(export) == expected).all()
        assert not list(export.images['b.png'].regions())


def test_crowds_and_boxes_lie_below_and_are_ignored(tmp_path):
    crowd = annotation(2, 5, dict(size=[8, 10], counts=[0, 40, 40]), iscrowd=1)
    export = recognise(written(tmp_path, data(annotation(1, 5, [SQUARE]), crowd, annotation(3, 5, []))))
    expected = np.zeros((8, 10), np.uint8)
    expected[:, :5] = expected[:2, 6:8] = IGNORED
    expected[1:4, 1:4] = 1
    assert (labels(export) == expected).all()
    assert [note.partition(':')[::2] for note in export.notes] == [
        ('crowd regions (iscrowd 1)', ' 1; ignored where no object is; if they are objects, give --crowd-objects'),
        ('boxes without segmentation', ' 1; their pixels are ignored')]
    expected[:, :5], expected[1:4, 1:4] = 1, 1
    assert (labels(export, crowds=True) == expected).all()


@pytest.mark.parametrize('more', [
    dict(licenses=[dict(name='', id=0, url='')], info=dict(contributor='', version='')),
    dict(info={}, categories=[dict(id=5, name='cell', supercategory='common-objects')])])
def test_tools_that_mark_every_mask_as_a_crowd_mean_objects(tmp_path, more):
    mask = annotation(1, 5, dict(size=[8, 10], counts=[0, 40, 40]), iscrowd=1)
    export = recognise(written(tmp_path, dict(data(mask), **more)))
    assert (labels(export) == 1).sum() == 40 and export.notes[0].startswith('masks with iscrowd 1: 1; taken as objects')


def test_parts_of_one_object_are_filled_where_they_overlap(tmp_path):
    shifted = [number + 2 for number in SQUARE]
    export = recognise(written(tmp_path, data(annotation(1, 5, [SQUARE, shifted]))))
    assert (labels(export) == 1).sum() == 9 + 9 - 1


def test_files_of_several_parts_are_one_export(tmp_path):
    for part in ('train', 'valid'):
        written(tmp_path, data(annotation(1, 5, [SQUARE])), f'{part}/_annotations.coco.json')
    (tmp_path / 'notes.json').write_text('{}')
    export = recognise(tmp_path)
    assert sorted(export.images) == ['train/a.png', 'train/b.png', 'valid/a.png', 'valid/b.png']
    assert 'notes.json' in export.notes[-1]


def test_the_unused_category_above_all_others_is_no_class(tmp_path):
    document = data(annotation(1, 5, [SQUARE]))
    document['categories'] = [dict(id=0, name='cells', supercategory='none'),
                              *(dict(category, supercategory='cells') for category in document['categories'])]
    assert recognise(written(tmp_path, document)).classes == CLASSES[1:]
    document['annotations'][0]['category_id'] = 0
    assert recognise(written(tmp_path, document)).classes == ['cells', *CLASSES[1:]]


@pytest.mark.parametrize('change, message', [
    (lambda d: d['annotations'][0].update(category_id=6), 'annotation 1 is of category 6'),
    (lambda d: d['annotations'][0].update(image_id=6), 'annotation 1 is of image 6'),
    (lambda d: d['categories'].append(d['categories'][0]), 'two categories have the id 5'),
    (lambda d: d['images'].append(d['images'][0]), 'two images have the id 7'),
    (lambda d: d['images'].append(dict(d['images'][0], id=8)), "'a.png' is listed twice"),
    (lambda d: d['images'][0].pop('width'), "'a.png' has no width"),
    (lambda d: d['annotations'][0].update(segmentation=dict(size=[10, 8], counts=[80])), 'mask of 8 x 10 pixels'),
    (lambda d: d['annotations'][0].update(segmentation=[]), 'holds no segmentation, only 1 boxes'),
    (lambda d: d['annotations'][0].update(segments_info=[]), 'is COCO panoptic'),
    (lambda d: d['images'][0].pop('file_name'), "' looks like COCO JSON, but cannot be read: KeyError 'file_"),
    (lambda d: d['annotations'].clear(), 'holds no segmentation$'),
])
def test_what_does_not_fit_is_named(tmp_path, change, message):
    document = deepcopy(data(annotation(1, 5, [SQUARE])))
    change(document)
    with pytest.raises(ValueError, match=message):
        recognise(written(tmp_path, document))


def test_run_lengths_of_another_size_are_named_when_they_are_drawn(tmp_path):
    export = recognise(written(tmp_path, data(annotation(1, 5, dict(size=[8, 10], counts=[0, 40])))))
    with pytest.raises(ValueError, match='annotation 1 of the COCO JSON cannot be read: its run lengths are of 40'):
        labels(export)


def test_files_with_captions_beside_others_are_left_out(tmp_path):
    written(tmp_path, dict(data(dict(id=1, image_id=7, caption='a cell')), categories=[]), 'captions.json')
    written(tmp_path, data(annotation(1, 5, [SQUARE])))
    export = recognise(tmp_path)
    assert len(export.images) == 2 and 'without segmentation: 1 file, like' in export.notes[0]


def test_results_of_a_network_are_no_data_set(tmp_path):
    with pytest.raises(ValueError, match='results of a network'):
        recognise(written(tmp_path, [dict(image_id=1, category_id=1, segmentation=[SQUARE], score=1)]))


def test_categories_of_one_name_are_one_class_and_short_polygons_are_counted(tmp_path):
    document = data(annotation(1, 5, [SQUARE, [1, 1, 3, 3]]))
    document['categories'].append(dict(id=6, name='cell '))
    export = recognise(written(tmp_path, document))
    assert export.classes == CLASSES[1:] and len(export.notes) == 2 and (labels(export) == 1).sum() == 9


def test_points_as_pairs_and_crowds_as_text(tmp_path):
    pairs = [[[1, 1], [4, 1], [4, 4], [1, 4]]]
    crowd = annotation(2, 90, [[6, 6, 9, 6, 9, 8, 6, 8]], iscrowd='1')
    export = recognise(written(tmp_path, data(annotation(1, 5, pairs, iscrowd='0'), crowd)))
    assert (labels(export) == 1).sum() == 9 and (labels(export) == IGNORED).sum() == 6
