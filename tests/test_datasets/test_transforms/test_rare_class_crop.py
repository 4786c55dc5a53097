# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Crops around rare classes."""
import numpy as np
import pytest

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import TRANSFORMS


@pytest.fixture(autouse=True)
def seed():
    np.random.seed(0)


def crops(labels, count=200, **options):
    """Label maps of crops of 8 x 8 pixels."""
    transform = TRANSFORMS.build(dict(type='RareClassCrop', crop_size=(8, 8), **options))
    for _ in range(count):
        results = dict(img=np.zeros((*labels.shape, 3), np.uint8), gt_seg_map=labels.copy(), seg_fields=['gt_seg_map'])
        yield transform(results)['gt_seg_map']


def test_the_share_of_crops_that_show_the_class():
    labels = np.zeros((200, 300), np.uint8)
    labels[77, 133] = 1
    shown = [(crop == 1).any() for crop in crops(labels, classes=[1], prob=0.5)]
    assert 0.4 < np.mean(shown) < 0.6
    assert all((crop == 1).any() for crop in crops(labels, classes=[1], prob=1))
    assert not any((crop == 1).any() for crop in crops(labels, count=20, classes=[1], prob=0))


def test_the_pixel_is_anywhere_in_the_crop_and_crops_lie_in_the_image():
    labels = np.zeros((200, 300), np.uint8)
    labels[[0, 199], [0, 299]] = 1  # in two corners
    labels[100, 100] = 1
    found = np.sum([crop == 1 for crop in crops(labels, count=2000, classes=[1], prob=1)], axis=0)
    assert found.shape == (8, 8) and found.min() > 0


def test_each_rare_class_is_drawn_equally_often():
    labels = np.zeros((100, 100), np.uint8)
    labels[:30], labels[90, 50] = 1, 2
    shown = [(crop == 2).any() for crop in crops(labels, classes=[1, 2], prob=1)]
    assert 0.4 < np.mean(shown) < 0.6


def test_images_without_the_class_or_a_mask_and_small_ones():
    plain = np.zeros((20, 20), np.uint8)
    assert next(crops(plain, classes=[1], prob=1)).shape == (8, 8)
    small = np.zeros((5, 30), np.uint8)
    small[2, 29] = 1
    crop = next(crops(small, classes=[1], prob=1))
    assert crop.shape == (5, 8) and (crop == 1).any()
    transform = TRANSFORMS.build(dict(type='RareClassCrop', crop_size=8, classes=[1], prob=1.))
    assert transform(dict(img=np.zeros((20, 20, 3), np.uint8)))['img'].shape == (8, 8, 3)


def test_wrong_options():
    for wrong in (dict(classes=[]), dict(classes=[1], prob=1.5)):
        with pytest.raises(OptionError, match='RareClassCrop'):
            TRANSFORMS.build(dict(type='RareClassCrop', crop_size=8, **wrong))
