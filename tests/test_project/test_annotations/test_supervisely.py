# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Supervisely: holes, bitmaps at their origin, colors and the order of meta.json."""
import json
import zlib
from base64 import b64encode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.annotations.export import draw
from mmseg_entmin.project.annotations.registry import recognise

SHAPE = np.array([[1, 1, 0], [1, 0, 1]], bool)


def bitmap(image, packed=True, **options):
    data = BytesIO()
    image.save(data, 'PNG', **options)
    return b64encode(zlib.compress(data.getvalue()) if packed else data.getvalue()).decode()


def written(folder, *objects, name='a.png.json'):
    path = folder / 'part/ann' / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(dict(description='', tags=[], size=dict(height=8, width=10), objects=objects)))
    (folder / 'meta.json').write_text(json.dumps(dict(tags=[], classes=[
        dict(title='nucleus', shape='bitmap', color='#0000FF'), dict(title='cell', shape='polygon', color='#FF0000')])))
    return folder


def figure(kind, name='cell', **more):
    return dict(classTitle=name, geometryType=kind, **more)


RED, ALPHA = Image.new('RGBA', (3, 2), (255, 0, 0, 255)), Image.fromarray(255 * SHAPE.astype(np.uint8))
RED.putalpha(ALPHA)


@pytest.mark.parametrize('data', [bitmap(RED), bitmap(RED, packed=False), bitmap(Image.fromarray(SHAPE)), bitmap(ALPHA),
                                  bitmap(ALPHA.convert('P'), transparency=0)])
def test_polygons_with_holes_and_bitmaps(tmp_path, data):
    hole = [[2, 2], [3, 2], [3, 3], [2, 3]]
    export = recognise(written(
        tmp_path, figure('polygon', points=dict(exterior=[[1, 1], [4, 1], [4, 4], [1, 4]], interior=[hole])),
        figure('rectangle', points=dict(exterior=[[0, 6], [2, 8]], interior=[])),
        figure('bitmap', 'nucleus', bitmap=dict(data=data, origin=[6, 5]))))
    expected = np.zeros((8, 10), int)
    expected[1:4, 1:4] = expected[6:, :2] = 2
    expected[2, 2] = 0
    expected[5:7, 6:9][SHAPE] = 1
    assert (export.classes, list(export.images)) == (['nucleus', 'cell'], ['part/img/a.png'])
    assert export.colors == dict(nucleus=(0, 0, 255), cell=(255, 0, 0))
    assert (draw(export.images['part/img/a.png'], ['background', *export.classes]).labels == expected).all()


def test_bitmaps_beyond_the_image_are_cut_and_broken_ones_named(tmp_path):
    export = recognise(written(tmp_path, figure('bitmap', bitmap=dict(data=bitmap(RED), origin=[-1, 7]))))
    shown = next(export.images['part/img/a.png'].regions()).shown
    assert shown.sum() == 1 and shown[7, 0]
    export = recognise(written(tmp_path, figure('bitmap', id=5, bitmap=dict(data='abcd', origin=[0, 0]))))
    with pytest.raises(ValueError, match='a.png.json.: object 5 of cell cannot be read'):
        next(export.images['part/img/a.png'].regions())


def test_figures_without_area_are_said_or_refused(tmp_path):
    line = figure('line', 'crack', points=dict(exterior=[[0, 4], [9, 4]], interior=[]))
    export = recognise(written(tmp_path, line))
    assert export.classes[-1] == 'crack' and export.notes[0].startswith('no area: 1 line; lines are drawn')
    with pytest.raises(ValueError, match='figures of type graph; known types are polygon'):
        recognise(written(tmp_path, figure('graph')))
