# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Label Studio's PNG files, whose tasks the JSON export or a list names."""
import json

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.annotations.export import draw
from mmseg_entmin.project.annotations.label_studio_pngs import label_of, read, strokes_in
from mmseg_entmin.project.sources import Wish, find_source

CLASSES = ['background', 'cell', 'nucleus']


@pytest.fixture
def strokes(tmp_path):
    """Tasks 1 and 2; of the first one, annotator 5 has made a second annotation, and 6 one that differs a bit."""
    folder = tmp_path / 'export'
    folder.mkdir()
    for name, columns in (('task-1-annotation-7-by-5-tag-cell-0.png', (0, 8)),
                          ('task-1-annotation-9-by-5-tag-cell-0.png', (0, 2)),
                          ('task-1-annotation-9-by-5-tag-cell-1.png', (3, 6)),
                          ('task-1-annotation-9-by-5-tag-nucleus-0.png', (4, 5)),
                          ('task-2-annotation-8-by-a@b.c-tag-nucleus-0.png', (0, 4))):
        shown = np.zeros((4, 8), np.uint8)
        shown[:, slice(*columns)] = 255
        Image.fromarray(shown).save(folder / name)
    return folder


@pytest.fixture(params=['lines', 'export'])
def tasks(request, tmp_path):
    path = tmp_path / ('tasks.csv' if request.param == 'lines' else 'export.json')
    path.write_text('task,image\n1,a.png\n2,b c.png\n' if request.param == 'lines' else json.dumps(
        [dict(id=number, data=dict(image=f'/data/upload/1/00000000-{name}.png'), annotations=[])
         for number, name in ((1, 'a'), (2, 'b c'))]))
    return path


def row_of(export, image):
    return draw(export.images[image], CLASSES).labels[0].tolist()


def test_the_last_annotation_counts(strokes, tasks):
    export = read(strokes_in(strokes), tasks, CLASSES)
    assert export.classes == ['cell', 'nucleus'] and export.images['a.png'].size == (8, 4)
    assert row_of(export, 'a.png') == [1, 1, 0, 1, 2, 1, 0, 0] and row_of(export, 'b c.png') == [2] * 4 + [0] * 4
    (strokes / 'task-1-annotation-9-by-5-tag-cell-0.png').rename(
        strokes / 'task-1-annotation-11-by-6-tag-cell-0.png')
    export = read(strokes_in(strokes), tasks, CLASSES)
    assert row_of(export, 'a.png') == [255, 255, 0, 255, 255, 255, 0, 0] and '1 image has several' in export.notes[0]


def test_numbers_without_a_list_and_tasks_without_a_line_are_refused(strokes, tmp_path):
    with pytest.raises(ValueError, match=r"task-1-.*number of a task and not its image; give --tasks FILE"):
        find_source(tmp_path, strokes, Wish(CLASSES))
    path = tmp_path / 'tasks.txt'
    for text, message in (('1 a.png', 'is of task 2, which --tasks .*tasks.txt. does not name'),
                          ('1 a.png\nmore', "line 2: 'more' is no task"), ('1 a.png\n1 b.png', 'task 1 is of .a.png')):
        path.write_text(text)
        with pytest.raises(ValueError, match=message):
            read(strokes_in(strokes), path, CLASSES)


def test_other_folders_are_not_taken_for_such_an_export(strokes, tmp_path):
    Image.new('L', (8, 4)).save(strokes / 'im0.png')
    assert strokes_in(strokes) == [] and strokes_in(tmp_path / 'gone') == []


def test_arrays_are_read_and_labels_found_by_the_classes(tmp_path):
    path = tmp_path / 'task-3-annotation-1-by-1-my-tag-a-b-0.npy'
    np.save(path, np.ones((2, 3), np.uint8))
    (tmp_path / 'tasks.txt').write_text('3\tx.png\n')
    export = read(strokes_in(tmp_path), tmp_path / 'tasks.txt', ['b', 'a/b'])
    assert export.classes == ['a/b'] and draw(export.images['x.png'], ['b', 'a/b']).labels.all()
    assert label_of('tag-a-b', []) == 'a-b'
