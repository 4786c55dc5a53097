# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Darwin JSON: polygons with holes and raster layers."""
import json

import numpy as np
import pytest

from mmseg_entmin.project.annotations.export import draw
from mmseg_entmin.project.annotations.registry import recognise


def square(first, last):
    return [dict(x=x, y=y) for x, y in ((first, first), (last, first), (last, last), (first, last))]


def written(folder, *annotations, slots=1, name='a.json'):
    (folder / name).write_text(json.dumps(dict(version='2.0', annotations=annotations, item=dict(
        name='a.png', path='/part', slots=[dict(slot_name=str(slot), width=10, height=8) for slot in range(slots)]))))
    return folder


POLYGON = dict(id='1', name='cell', polygon=dict(paths=[square(1, 6), square(2, 4)]), bounding_box={})
RUNS = [0, 70, 7, 10]
LAYER = [dict(id='2', name='nucleus', mask={}),
         dict(id='3', name='__raster_layer__', raster_layer=dict(dense_rle=RUNS, mask_annotation_ids_mapping={'2': 7}))]


def test_polygons_lie_over_the_raster_layer(tmp_path):
    export = recognise(written(tmp_path, POLYGON, *LAYER))
    expected = np.zeros((8, 10), int)
    expected[1:6, 1:6], expected[7] = 1, 2
    expected[2:4, 2:4] = 0
    assert export.classes == ['cell', 'nucleus'] and not export.notes
    assert (draw(export.images['part/a.png'], ['background', *export.classes]).labels == expected).all()


def test_boxes_are_said_and_videos_refused(tmp_path):
    export = recognise(written(tmp_path, dict(id='1', name='cell', bounding_box={}), POLYGON))
    assert export.notes == ['1 box without a shape: the pixels are background']
    with pytest.raises(ValueError, match='is about a video, a volume or several images'):
        recognise(written(tmp_path, POLYGON, slots=2))
    LAYER[1]['raster_layer']['dense_rle'] = [0, 70]
    export = recognise(written(tmp_path, *LAYER))
    with pytest.raises(ValueError, match='does not have the pixels of the image'):
        next(export.images['part/a.png'].regions())
