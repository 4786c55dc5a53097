# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is written is read back as it was: holes, lines of one pixel, and objects that overlap."""
import json
from pathlib import Path

import numpy as np
import pytest

from mmseg_entmin.project.annotations.export import Region
from mmseg_entmin.project.annotations.registry import recognise
from mmseg_entmin.project.annotations.writers import FORMATS, open_writer
from mmseg_entmin.project.annotations.writing import Labels, Picture

LABELS = Labels(['cell', 'line', 'a & "b" <\u00e4>'], [(255, 0, 0), (0, 255, 0), (1, 2, 3)])
FIRST_FILE = dict(coco='annotations.json', cvat='annotations.xml', labelme='labels.txt')
FIRST_FILE['label-studio'] = 'tasks.json'


def regions(height=20, width=30):
    ring, cross, square = (np.zeros((height, width), bool) for _ in range(3))
    ring[2:15, 2:15], ring[5:9, 5:9] = True, False
    cross[7], cross[:, 20] = True, True
    square[10:18, 10:28] = True
    return [Region('cell', ring), Region('line', cross), Region('cell', square),
            Region(LABELS.names[2], np.random.random((height, width)) < 0.1)]


@pytest.fixture
def write(tmp_path):
    """Writes an image with regions and one without; returns the lines for the user and the planned files."""

    def run(form, url=None):
        folder = tmp_path / 'my images'
        writer = open_writer(form, tmp_path / form, LABELS, folder, url)
        planned = writer.files(['day 1/a.png', 'b.png'])
        for below, own in (('day 1/a.png', regions()), ('b.png', [])):
            writer.add(Picture(folder / below, below, (30, 20), own))
        return writer.finish(), planned

    return run


@pytest.mark.parametrize('form', FORMATS)
def test_all_planned_files_are_written_and_no_others(form, write, tmp_path):
    lines, planned = write(form)
    assert sorted(planned) == sorted(path for path in (tmp_path / form).rglob('*') if path.is_file())
    assert planned[0].name == FIRST_FILE[form] and lines


@pytest.mark.parametrize('form', FORMATS)
def test_regions_come_back(form, write, tmp_path):
    np.random.seed(1)
    write(form)
    if form == 'label-studio':  # as a person accepts the predictions
        path = tmp_path / form / 'tasks.json'
        tasks = [dict(data=task['data'], annotations=task['predictions']) for task in json.loads(path.read_text())]
        path.write_text(json.dumps(tasks))
    export = recognise(tmp_path / form)
    first, second = sorted(export.images, key=lambda name: Path(name).name)
    assert Path(first).parts[-2:] == ('day 1', 'a.png') and Path(second).name == 'b.png'
    assert sorted(export.classes) == sorted(LABELS.names)
    empty = export.images[second]
    assert [*(empty.regions((30, 20)) if empty.size is None else empty.regions())] == []
    np.random.seed(1)
    found = [*export.images[first].regions()]
    assert [name for name, _ in found] == [name for name, _ in regions()]
    np.random.seed(1)
    assert all((a.shown == b.shown).all() for a, b in zip(found, regions()))


def test_label_studio_is_told_where_images_are(write, tmp_path):
    lines, (tasks, config) = write('label-studio')
    assert json.loads(tasks.read_text())[0]['data'] == dict(image='/data/local-files/?d=my%20images/day%201/a.png')
    assert f"DOCUMENT_ROOT='{tmp_path}'" in lines[1]
    assert '<Label value="cell" background="#ff0000"/>' in config.read_text()
    lines, _ = write('label-studio', 'https://host/x?name=')
    assert json.loads(tasks.read_text())[1]['data'] == dict(image='https://host/x?name=b.png') and len(lines) == 1


def test_labels_of_the_tools_are_written(write, tmp_path):
    for form in ('cvat', 'labelme'):
        write(form)
    assert json.loads((tmp_path / 'cvat/labels.json').read_text())[0] == dict(
        name='cell', color='#ff0000', attributes=[])
    assert (tmp_path / 'labelme/labels.txt').read_text().splitlines() == LABELS.names
