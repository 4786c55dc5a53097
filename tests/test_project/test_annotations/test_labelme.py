# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""LabelMe JSON of all versions: shapes, labels with a meaning, and files that do not belong to their image."""
import json
from base64 import b64encode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.annotations.export import IGNORED, draw
from mmseg_entmin.project.annotations.registry import recognise

SQUARE = [[1, 1], [4, 1], [4, 4], [1, 4]]


def png(mask):
    data = BytesIO()
    Image.fromarray(mask).save(data, 'PNG')
    return b64encode(data.getvalue()).decode()


def shape(label, points, kind='polygon', **more):
    return dict(label=label, points=points, shape_type=kind, **more)


def written(folder, *shapes, name='a.json', image='..\\images\\a.jpg', **more):
    path = folder / name
    path.write_text(json.dumps({**dict(version='5.4.1', shapes=shapes, imagePath=image, imageData=None, imageHeight=8,
                                       imageWidth=10), **more}))
    return path


def labels(export, classes, name='../images/a.jpg'):
    return draw(export.images[name], classes).labels


def test_shapes_are_drawn_in_their_order(tmp_path):
    mask = np.array([[1, 0], [1, 1]], bool)
    export = recognise(written(
        tmp_path, shape('cell', SQUARE), shape('nucleus', [[3, 3], [2, 2]], 'rectangle'), shape('__ignore__', [
            [7, 0], [9, 0], [9, 2], [7, 2]], 'oriented_rectangle'),
        shape('cell', [[8, 6], [9, 7]], 'mask', mask=png(mask))))
    assert export.format == 'LabelMe JSON' and export.classes == ['cell', 'nucleus'] and not export.notes
    expected = np.zeros((8, 10), int)
    expected[1:4, 1:4], expected[2, 2], expected[0:2, 7:9] = 1, 2, IGNORED
    expected[6:8, 8:10][mask] = 1
    assert (labels(export, ['background', 'cell', 'nucleus']) == expected).all()


def test_thin_shapes_and_circles_are_drawn_as_the_note_says(tmp_path):
    export = recognise(written(tmp_path, shape('crack', [[0, 20], [39, 20]], 'line'), shape('dot', [[30, 30]], 'point'),
                               shape('disc', [[10, 7], [10, 4]], 'circle'), shape('crack', [[1, 1], [2, 2]]),
                               imageHeight=40, imageWidth=40))
    found = labels(export, ['background', 'crack', 'disc', 'dot'])
    assert (found[:, 5] == 1).sum() == 10 and (found[:, 30] == 3).sum() == 10 and (found[:, 10] == 2).sum() == 6
    assert export.notes[0].startswith('no area: 1 line, 1 point; lines are drawn 10 pixels wide, points as')
    assert export.notes[1] == 'polygons with fewer than 3 points: 1; they have no area'


def test_old_files_without_types_and_sizes(tmp_path):
    old = dict(label='cell', points=SQUARE, line_color=None, fill_color=None)
    export = recognise(written(tmp_path, old, imageHeight=None, imageWidth=None))
    image = export.images['../images/a.jpg']
    assert image.size is None and next(image.regions((10, 8))).shown.sum() == 9
    embedded = png(np.zeros((8, 10), np.uint8))
    export = recognise(written(tmp_path, old, imageHeight=None, imageWidth=None, imageData=embedded))
    assert (labels(export, ['background', 'cell']) == 1).sum() == 9


def test_what_does_not_fit_is_named(tmp_path):
    with pytest.raises(ValueError, match='a.json. holds a shape of type cuboid, label cell; known types are polygon'):
        recognise(written(tmp_path, shape('cell', SQUARE, 'cuboid')))
    mask = shape('cell', [[1, 1], [5, 5]], 'mask', mask=png(np.ones((2, 2), bool)))
    export = recognise(written(tmp_path, mask))
    with pytest.raises(ValueError, match='a.json.: the shape with label cell cannot be read: .* size of its box'):
        labels(export, ['background', 'cell'])
    written(tmp_path, name='b.json')
    with pytest.raises(ValueError, match="a.json' and '.*b.json' both annotate image '../images/a.jpg'"):
        recognise(tmp_path)
