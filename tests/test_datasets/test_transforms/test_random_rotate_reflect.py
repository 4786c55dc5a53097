# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Rotation with corners that the image fills."""
import numpy as np
import pytest
from mmseg.datasets.transforms import RandomRotate

import mmseg_entmin  # noqa: F401
from mmseg_entmin.registry import TRANSFORMS


def turned(angle: float, **options) -> dict:
    """A gray image with a map of one class, turned by the angle."""
    rotate = TRANSFORMS.build(dict(type='RandomRotateReflect', prob=1., degree=(angle, angle), **options))
    return rotate(dict(
        img=np.full((24, 30, 3), 90, np.uint8), gt_seg_map=np.full((24, 30), 2, np.uint8), seg_fields=['gt_seg_map']))


@pytest.mark.parametrize('angle', [0, 30, 45, 90, -135])
def test_no_corner_is_empty(angle):
    results = turned(angle)
    assert results['img'].shape == (24, 30, 3) and (results['img'] == 90).all() and (results['gt_seg_map'] == 2).all()


def test_the_rest_is_turned_as_mmseg_turns_it():
    image = np.random.default_rng(0).integers(0, 255, (24, 24, 3)).astype(np.uint8)
    ours, mmsegs = (rotate(dict(img=image.copy()))['img'] for rotate in (
        TRANSFORMS.build(dict(type='RandomRotateReflect', prob=1., degree=(30, 30))),
        RandomRotate(prob=1., degree=(30, 30))))
    inside = (slice(8, 16), slice(8, 16))
    assert np.array_equal(ours[inside], mmsegs[inside]) and not np.array_equal(ours, mmsegs)


def test_a_map_keeps_whole_labels():
    rotate = TRANSFORMS.build(dict(type='RandomRotateReflect', prob=1., degree=(20, 20)))
    labels = np.array([0, 4], np.uint8).repeat(12)[None].repeat(24, 0)
    results = rotate(dict(img=np.zeros((24, 24, 3), np.uint8), gt_seg_map=labels, seg_fields=['gt_seg_map']))
    assert set(np.unique(results['gt_seg_map'])) == {0, 4}


def test_an_image_without_a_map_and_a_bound_that_grows():
    assert turned(45, auto_bound=True)['img'].shape[:2] > (24, 30)
    rotate = TRANSFORMS.build(dict(type='RandomRotateReflect', prob=0., degree=10))
    image = np.zeros((4, 4, 3), np.uint8)
    assert rotate(dict(img=image))['img'] is image
    assert 'prob=0.0' in repr(rotate)


def test_the_center_may_be_given():
    image = np.random.default_rng(0).integers(0, 255, (24, 24, 3)).astype(np.uint8)
    options = dict(prob=1., degree=(30, 30), center=(6, 6))
    ours, mmsegs = (rotate(dict(img=image.copy()))['img'] for rotate in (
        TRANSFORMS.build(dict(type='RandomRotateReflect', **options)), RandomRotate(**options)))
    assert np.array_equal(ours[4:9, 4:9], mmsegs[4:9, 4:9])
