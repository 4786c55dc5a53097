# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Sizes of images from their headers."""
import numpy as np
from PIL import Image

from mmseg_entmin.project.header import Header, read_header, short_sides


def noise(path, **options):
    pixels = np.random.RandomState(0).randint(0, 256, (4, 6), np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path


def test_a_photo_is_turned_as_its_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    header = read_header(noise(tmp_path / 'a.jpg', exif=exif))
    assert header == ((6, 4), 6) and header.loaded_size == (4, 6)
    for orientation, size in {2: (6, 4), 4: (6, 4), 5: (4, 6), 8: (4, 6)}.items():  # the first and last of each kind
        exif[0x0112] = orientation
        header = read_header(noise(tmp_path / 'c.jpg', exif=exif))
        assert header.loaded_size == size
    assert read_header(noise(tmp_path / 'b.jpg')).loaded_size == (6, 4)


def test_only_the_header_is_read_and_of_any_size(tmp_path, monkeypatch):
    path = noise(tmp_path / 'cut.png')
    path.write_bytes(path.read_bytes()[:-24])
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 2)
    assert read_header(path) == Header((6, 4)) and Image.MAX_IMAGE_PIXELS == 2


def test_images_without_a_header_are_left_out_and_named(tmp_path):
    (tmp_path / 'empty.png').write_bytes(b'')
    sides, (error, ) = short_sides([noise(tmp_path / 'a.png'), tmp_path / 'empty.png'])
    assert sides == [4] and error.startswith(f"'{tmp_path}/empty.png' cannot be read: ")
