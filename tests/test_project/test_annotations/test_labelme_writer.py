# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""LabelMe's files, as labelme itself reads them."""
import base64
import io
import json

import numpy as np
from PIL import Image

from mmseg_entmin.project.annotations.export import Region
from mmseg_entmin.project.annotations.labelme_writer import LabelmeWriter
from mmseg_entmin.project.annotations.writing import Labels, Picture


def test_a_mask_is_the_part_of_the_picture_in_its_box(tmp_path):
    ring = np.zeros((20, 30), bool)
    ring[2:15, 3:16], ring[5:9, 5:9] = True, False
    writer = LabelmeWriter(tmp_path / 'out', Labels(['cell'], [(255, 0, 0)]))
    writer.add(Picture(tmp_path / 'images/day/a.png', 'day/a.png', (30, 20),
                       [Region('cell', ring), Region('cell', np.zeros_like(ring))]))
    document = json.loads((tmp_path / 'out/day/a.json').read_text())
    assert document['imagePath'] == '../../images/day/a.png' and document['imageData'] is None
    assert (document['imageWidth'], document['imageHeight']) == (30, 20)
    shape, = document['shapes']
    assert shape['shape_type'] == 'mask' and shape['points'] == [[3, 2], [15, 14]]
    mask = np.array(Image.open(io.BytesIO(base64.b64decode(shape['mask']))))
    assert (mask == ring[2:15, 3:16]).all()
