# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""YOLO segmentation: polygons in parts of the image, names in data.yaml."""
import pytest

from mmseg_entmin.project.annotations.export import IGNORED, draw
from mmseg_entmin.project.annotations.registry import recognise

SQUARE = '.1 .125 .4 .125 .4 .5 .1 .5'  # 3 x 3 pixels of 10 x 8
LISTED = 'names: [cell, nucleus]\nnc: 2\n'


def written(folder, text, names=LISTED):
    (folder / 'data.yaml').write_text(names)
    path = folder / 'train/labels/a.txt'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    (folder / 'README.txt').write_text('1 2 3')
    return folder


@pytest.mark.parametrize('names', [LISTED, 'path: .\nnames:\n  0: cell\n  1: nucleus\n'])
def test_polygons_and_boxes(tmp_path, names):
    export = recognise(written(tmp_path, f'1 {SQUARE}\n0 .5 .5 .2 .25\n\n', names))
    assert export.classes == ['cell', 'nucleus'] and export.notes[1].startswith('1 box without a polygon')
    image = export.images['train/images/a']
    assert image.size is None
    found = draw(image._replace(size=(10, 8), regions=lambda: image.regions((10, 8))), ['background', *export.classes])
    assert (found.labels == 2).sum() == 9 and (found.labels[3:5, 4:6] == IGNORED).all()


@pytest.mark.parametrize('text, names, message', [
    ('2 ' + SQUARE, LISTED, "the line '2 .1 .* which is no class of data.yaml"),
    ('0 .1 .1 .2', LISTED, 'corners are missing'),
    ('0 .5 .5 .2 .2', LISTED, 'describes 1 boxes and no polygon'), ('', 'names: [a, a]\nnc: 2', 'names a class twice'),
    ('', 'names: 3\nnc: 3\n', 'has no list of class names')])
def test_what_is_no_segmentation_is_refused(tmp_path, text, names, message):
    with pytest.raises(ValueError, match=message):
        recognise(written(tmp_path, text, names))


def test_a_description_of_the_short_suffix(tmp_path):
    (written(tmp_path, f'1 {SQUARE}') / 'data.yaml').rename(tmp_path / 'data.yml')
    assert recognise(tmp_path).classes == ['cell', 'nucleus']
