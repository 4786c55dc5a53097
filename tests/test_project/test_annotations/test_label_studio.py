# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Label Studio's JSON and JSON-MIN: which annotations count, and which image they mean."""
import json

import numpy as np
import pytest

from mmseg_entmin.project.annotations.brush_rle import encode
from mmseg_entmin.project.annotations.export import draw
from mmseg_entmin.project.annotations.label_studio import file_name, knows
from mmseg_entmin.project.annotations.registry import recognise


def stroke(columns, label='cell', **more):
    shown = np.zeros((4, 8), bool)
    shown[:, slice(*columns)] = True
    value = dict(format='rle', rle=encode(shown), **({'brushlabels': [label]} if label else {}))
    return dict(id=f'{columns}', type='brushlabels', value=value, original_width=8, original_height=4, **more)


def annotation(*results, by=1, **more):
    return dict(result=[*results], completed_by=by, **more)


def task(number, *annotations, **more):
    return dict(id=number, data=dict(image=f'/data/upload/3/0123abcd-im{number}.png', text='a note.txt'),
                annotations=[*annotations], **more)


def export_of(tmp_path, *tasks):
    path = tmp_path / 'project.json'
    path.write_text(json.dumps(tasks))
    return recognise(path)


def row_of(export, image, classes=('background', 'cell', 'nucleus')):
    return draw(export.images[image], classes).labels[0].tolist()


def test_regions_are_drawn_in_their_order_over_each_other(tmp_path):
    export = export_of(tmp_path, task(1, annotation(stroke((1, 6)), stroke((2, 4), 'nucleus'))))
    assert export.classes == ['cell', 'nucleus'] and export.notes == []
    assert export.images['im1.png'].size == (8, 4) and row_of(export, 'im1.png') == [0, 1, 2, 2, 1, 1, 0, 0]


def test_skipped_annotations_and_predictions_do_not_count(tmp_path):
    export = export_of(
        tmp_path, task(1, annotation(stroke((0, 8)), was_cancelled=True), annotation(stroke((0, 2)))),
        task(2, annotation(stroke((0, 8)), was_cancelled=True)), task(3, predictions=[annotation(stroke((0, 8)))]),
        task(4, annotation()))
    assert [*export.images] == ['im1.png', 'im4.png'] and row_of(export, 'im1.png')[:3] == [1, 1, 0]
    assert export.images['im4.png'].size is None and [*export.images['im4.png'].regions((8, 4))] == []
    assert export.notes == ['tasks without an annotation, or with only skipped ones and predictions: 2, unlabeled']


def test_ground_truth_counts_alone_else_the_last_of_each_annotator_and_the_majority(tmp_path):
    early, late = dict(updated_at='2026-01-01T00:00:00Z'), dict(updated_at='2026-02-01T00:00:00Z')
    export = export_of(
        tmp_path, task(1, annotation(stroke((0, 8)), by=1), annotation(stroke((0, 3)), by=2, ground_truth=True)),
        task(2, annotation(stroke((0, 3)), **late), annotation(stroke((0, 8)), **early)),
        task(3, annotation(stroke((0, 4)), by=dict(id=1)), annotation(stroke((2, 6)), by=dict(id=2)),
             annotation(stroke((2, 8)), by=dict(id=3))),
        task(4, annotation(stroke((0, 4)), by=1), annotation(stroke((2, 4), 'nucleus'), by=2)))
    assert row_of(export, 'im1.png') == row_of(export, 'im2.png') == [1, 1, 1, 0, 0, 0, 0, 0]
    assert row_of(export, 'im3.png') == [0, 0, 1, 1, 1, 1, 0, 0]
    assert row_of(export, 'im4.png') == [255] * 4 + [0] * 4
    assert export.notes == ['2 images have several annotators: each pixel gets the label of more than half of them, '
                            'and the 25.00% of the pixels without one are ignored']


def test_labels_of_sibling_results_and_what_shows_no_area(tmp_path):
    loose = dict(stroke((0, 2), None), type='brush')
    named = dict(id=loose['id'], type='labels', value=dict(labels=['nucleus']))
    point = dict(id='p', type='keypointlabels', value=dict(x=1, y=1, keypointlabels=['cell']))
    export = export_of(tmp_path, task(1, annotation(loose, named, stroke((4, 6), None), point,
                                                    dict(type='choices', value=dict(choices=['good'])))))
    assert export.classes == ['nucleus'] and row_of(export, 'im1.png')[:5] == [2, 2, 0, 0, 0]
    assert export.notes == ['regions without a label: 1, not drawn',
                            'regions of type keypointlabels, which show no area: 1, not drawn']


def test_the_short_form_is_read_as_well(tmp_path):
    def row(number, annotator, *results):
        return dict(image=f's3://bucket/day 1/im{number}.png', id=number, annotator=annotator, annotation_id=annotator,
                    tag=[dict(result['value'], original_width=8, original_height=4) for result in results])

    export = export_of(tmp_path, row(1, 1, stroke((0, 3)), stroke((1, 2), 'nucleus')), row(2, 1, stroke((0, 3))),
                       row(2, 2, stroke((1, 4))))
    assert row_of(export, 'day 1/im1.png')[:4] == [1, 2, 1, 0]
    assert row_of(export, 'day 1/im2.png')[:5] == [255, 1, 1, 255, 0]


@pytest.mark.parametrize('address, name', [
    ('/data/local-files/?d=images/day%201/a.png', 'images/day 1/a.png'), ('/data/upload/1/89abcdef-a-b.png', 'a-b.png'),
    ('https://host:8080/x/a%20b.png?token=1', 'x/a b.png'), ('s3://bucket/01234567-a.png', '01234567-a.png'),
    ('images/a.png', 'images/a.png')])
def test_images_are_named_by_addresses(address, name):
    assert file_name(address) == name


def test_what_is_wrong_is_named_by_its_task(tmp_path):
    other = dict(stroke((0, 2)), original_width=9)
    for tasks, message in (
            ([task(1, annotation(stroke((0, 2)), other))], 'task 1 in .* state 2 sizes'),
            ([task(1, annotation(other))], 'task 1 in .*a brush cannot be read'),
            ([task(1, annotation(stroke((0, 2)))), dict(task(1, annotation()), id=2)], 'task 1 in .* task 2 .*im1.png'),
            ([task(1, predictions=[annotation(stroke((0, 2)))])], 'no task in .*project.json. has an annotation'),
            ([dict(id=7, data=dict(text='t'), annotations=[annotation()])], 'task 7 .*names no image, only text')):
        with pytest.raises(ValueError, match=message):
            export_of(tmp_path, *tasks)


def test_other_lists_are_not_taken_for_tasks(tmp_path):
    others = ([], {}, [1], [dict(data=1, annotations=[])], [dict(id=1)])
    assert not any(knows(tmp_path, document) for document in others)
    assert knows(tmp_path, dict(data={}, annotations=[]))


@pytest.mark.parametrize('keys, tags, image', [
    (['image'], ['img'], 'image'), (['thumb', 'image'], ['image'], 'image'), (['a', 'b'], ['b'], 'b'),
    (['image'], ['left', 'right'], 'image'), (['a', 'b'], ['img'], None), (['a', 'b'], ['a', 'b'], None)])
def test_of_several_images_of_a_task_the_one_with_the_regions_counts(tmp_path, keys, tags, image):
    own = task(1, annotation(*[stroke((1, 2 + place), to_name=tag) for place, tag in enumerate(tags)]))
    own['data'] = {key: f'/data/upload/3/0123abcd-{key}.png' for key in keys}
    if image:
        assert [*export_of(tmp_path, own).images] == [f'{image}.png']
        return
    with pytest.raises(ValueError, match=f'task 1 .* regions of {", ".join(tags)}, and its data names the images a, b'):
        export_of(tmp_path, own)
