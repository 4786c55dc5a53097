# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The photograph in a picture of the uncertainty is turned as the network has read it."""
from types import SimpleNamespace

import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from mmseg_entmin.apis import Prediction
from mmseg_entmin.visualization.uncertainty_picture import uncertainty_picture

META = dict(classes=('a', 'b'), palette=[[0, 0, 0], [200, 60, 60]])


@pytest.mark.parametrize('orientation, color_type, left', [
    (3, 'color', 0), (3, 'color_ignore_orientation', 255), (6, 'color_ignore_orientation', 255), (6, None, 255)])
def test_the_photograph(tmp_path, figure, orientation, color_type, left):
    pixels = np.zeros((20, 40, 3), np.uint8)
    pixels[:, :16] = 255
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(pixels).save(tmp_path / 'image.jpg', exif=exif)
    reader = color_type and SimpleNamespace(
        pipeline=SimpleNamespace(transforms=[LoadImageFromFile(color_type=color_type)]))
    prediction = Prediction(
        source=str(tmp_path / 'image.jpg'), labels=np.zeros((20, 40), np.uint8), confidence=np.ones((20, 40)),
        entropy=np.zeros((20, 40)), variance=None, presence=None, features=np.zeros(3))
    uncertainty_picture(prediction, None, META, 0.5, reader)
    shown = np.asarray(next(ax for ax in figure().axes if ax.get_title() == 'image').images[0].get_array())
    assert shown.shape[:2] == (20, 40) and (shown[:, 0] == left).all()
