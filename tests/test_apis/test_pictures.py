# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A photograph lies under its labels as the network has read it, whatever its EXIF says."""
from types import SimpleNamespace

import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from mmseg_entmin.apis.pictures import read_image, save_overlay


@pytest.fixture
def make_jpeg(tmp_path):
    """A JPEG file of 40 x 20 pixels, black with a white left end, and an EXIF orientation."""

    def make(orientation: int):
        pixels = np.zeros((20, 40, 3), np.uint8)
        pixels[:, :16] = 255
        exif = Image.Exif()
        exif[274] = orientation
        Image.fromarray(pixels).save(tmp_path / 'photograph.jpg', exif=exif)
        return tmp_path / 'photograph.jpg'

    return make


def reader(**options) -> SimpleNamespace:
    return SimpleNamespace(pipeline=SimpleNamespace(transforms=[LoadImageFromFile(**options)]))


@pytest.mark.parametrize('backend', ['cv2', 'pillow'])
@pytest.mark.parametrize('color_type', ['color', 'color_ignore_orientation', 'unchanged'])
@pytest.mark.parametrize('orientation', [1, 3, 6])
def test_turned_as_by_the_loader(make_jpeg, orientation, color_type, backend):
    path, dataset = make_jpeg(orientation), reader(color_type=color_type, imdecode_backend=backend)
    expected = dataset.pipeline.transforms[0](dict(img_path=str(path)))['img'][..., ::-1]
    assert (read_image(path, expected.shape[:2], dataset) == expected).all()


def test_loaders_of_other_channels_and_of_backends_that_turn_nothing(make_jpeg):
    path = make_jpeg(3)
    for options, left in ((dict(color_type='grayscale'), 0), (dict(color_type='grayscale_ignore_orientation'), 255),
                          (dict(imdecode_backend='turbojpeg'), 255), (dict(imdecode_backend='tifffile'), 255)):
        image = read_image(path, (20, 40), reader(**options))
        assert image.shape == (20, 40, 3) and (image[:, 0] == left).all()


@pytest.mark.parametrize('size', [(20, 40), (40, 20)])
def test_without_a_reader_the_size_of_the_labels_decides(make_jpeg, tmp_path, size):
    save_overlay(make_jpeg(6), np.full(size, 255, np.uint8), [[0, 0, 0]], tmp_path / 'overlay.png')
    image = np.array(Image.open(tmp_path / 'overlay.png'))
    assert image.shape == (*size, 3)
    assert (image[0, 0] == 255).all() and (image[-1, -1] == 0).all()


def test_the_overlay_heeds_its_reader(make_jpeg, tmp_path):
    for color_type, left in (('color', 0), ('color_ignore_orientation', 255)):
        save_overlay(make_jpeg(3), np.full((20, 40), 255, np.uint8), [[0, 0, 0]], tmp_path / 'overlay.png',
                     reader=reader(color_type=color_type))
        assert (np.array(Image.open(tmp_path / 'overlay.png'))[:, 0] == left).all()


def test_labels_of_another_image(make_jpeg):
    with pytest.raises(ValueError, match=r"photograph.jpg' is 40 x 20, its labels are 16 x 8 pixels; give the image"):
        read_image(make_jpeg(1), (8, 16))
    with pytest.raises(ValueError, match='is 20 x 40, its labels are 40 x 20'):
        read_image(make_jpeg(6), (20, 40), reader())
