# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""COCO JSON, as pycocotools reads it."""
import numpy as np
import pytest

from mmseg_entmin.project.annotations.coco_writer import CocoWriter
from mmseg_entmin.project.annotations.export import Region
from mmseg_entmin.project.annotations.writing import Labels, Picture

coco = pytest.importorskip('pycocotools.coco')


def test_pycocotools_finds_masks_areas_and_boxes(tmp_path):
    shown = np.zeros((20, 30), bool)
    shown[2:15, 3:16], shown[5:9, 5:9] = True, False
    writer = CocoWriter(tmp_path, Labels(['line', 'cell'], [(0, 0, 0)] * 2))
    for below in ('a.png', 'day/b.png'):
        writer.add(Picture(tmp_path / below, below, (30, 20), [Region('cell', shown)]))
    writer.finish()
    data = coco.COCO(str(writer.path))
    annotation = data.loadAnns(data.getAnnIds(imgIds=2))[0]
    assert data.imgs[2]['file_name'] == 'day/b.png' and data.cats[annotation['category_id']]['name'] == 'cell'
    assert (data.annToMask(annotation) == shown).all()
    assert annotation['area'] == shown.sum() and annotation['bbox'] == [3, 2, 13, 13]
