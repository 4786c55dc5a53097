# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Copies of pictures are told from other pictures."""
import cv2
import numpy as np
import pytest

from mmseg_entmin.datasets.near_duplicates import near_pairs, thumbnail
from tests.conftest import draw_sample


def picture(seed, size=(240, 320)):
    image, _ = draw_sample(np.random.default_rng(seed), *size, (1, 2))
    return cv2.GaussianBlur(image, (9, 9), 0)


def pairs(*images):
    return list(near_pairs([thumbnail(image) for image in images]))


@pytest.mark.parametrize('copy', [
    lambda image: cv2.resize(image, None, fx=.5, fy=.5, interpolation=cv2.INTER_AREA),
    lambda image: cv2.resize(image, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_CUBIC),
    lambda image: cv2.imdecode(cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], cv2.IMREAD_COLOR),
    lambda image: (image * 256.).astype(np.uint16), lambda image: image.astype(float) / 255])
def test_copies_are_near(copy):
    image = picture(0)
    assert pairs(image, copy(image), picture(1)) == [(0, 1)]


def test_other_pictures_are_not():
    assert pairs(*map(picture, range(40))) == []


def test_pairs_of_two_sets():
    thumbs = [thumbnail(picture(seed)) for seed in range(3)]
    assert list(near_pairs(thumbs, thumbs[::-1])) == [(0, 2), (1, 1), (2, 0)]
    assert list(near_pairs(thumbs, [])) == list(near_pairs([])) == []


def test_pictures_of_one_color_are_no_copies():
    assert thumbnail(np.full((9, 9, 3), 7, np.uint8)) is None and thumbnail(None) is None
    assert thumbnail(np.zeros((9, 9), np.float32)) is None


def test_frames_of_a_film_and_cells_are_no_copies(shared_data):
    """The closest pair of different images of each set, and two pictures that are there twice."""
    for folder, names in ((shared_data / 'camvid/images', ('0016E5_07979.jpg', '0016E5_07981.jpg')),
                          (shared_data / 'wbc1/images', ('157.png', '158.png'))):
        images = [cv2.imread(str(next(folder.rglob(name)))) for name in names]
        assert pairs(*images) == []
    folder = shared_data / 'wbc1/images'
    assert pairs(*(cv2.imread(str(folder / name)) for name in ('112.png', '139.png'))) == [(0, 1)]
