# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Cityscapes' polygons: classes of its evaluation, groups, and what is ignored."""
import json

from mmseg_entmin.project.annotations.drawn import order
from mmseg_entmin.project.annotations.export import IGNORED, draw
from mmseg_entmin.project.annotations.registry import recognise


def thing(label, first, last, **more):
    return dict(label=label, polygon=[[first, 0], [last, 0], [last, 8], [first, 8]], **more)


def test_objects_lie_over_each_other_in_their_order(tmp_path):
    path = tmp_path / 'bonn/bonn_1_gtFine_polygons.json'
    path.parent.mkdir()
    path.write_text(json.dumps(dict(imgHeight=8, imgWidth=10, objects=[
        thing('road', 0, 8), thing('cargroup', 1, 3), thing('static', 2, 4), thing('sky', 0, 9, deleted=1)])))
    export = recognise(tmp_path)
    classes, outside = order(export, [])
    assert len(classes) == 19 and outside == IGNORED and export.colors['road'] == (128, 64, 128)
    row = draw(export.images['bonn/bonn_1_leftImg8bit'], classes, outside).labels[4]
    assert row.tolist() == [0, 13, 255, 255, 0, 0, 0, 0, 255, 255]
    assert export.notes == ['labels that the evaluation leaves out are ignored: static']
