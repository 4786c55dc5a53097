# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pixels that transforms leave empty: tracked through the pipeline, and into the sample."""
import numpy as np
import pytest
from mmcv.transforms import Compose
from mmengine.registry import DefaultScope

import mmseg_entmin  # noqa: F401


def packed(*steps: dict, size=(24, 30)) -> dict:
    """A gray image, sent through a pipeline."""
    with DefaultScope.overwrite_default_scope('mmseg'):
        return Compose(list(steps))(dict(img=np.full((*size, 3), 90, np.uint8), img_shape=size, ori_shape=size,
                                         img_path='a', seg_fields=[]))


TRACK, PACK = dict(type='TrackEmptyPixels'), dict(type='PackUnlabeledInputs')
ROTATE = dict(type='RandomRotate', prob=1., degree=(30, 30), pad_val=0, seg_pad_val=255)


def test_corners_of_a_turned_image_are_empty_and_the_sample_is_not_labeled():
    out = packed(TRACK, ROTATE, dict(type='RandomFlip', prob=1.), PACK)
    valid = out['data_samples'].valid_pixels.data
    assert valid.shape == (1, 24, 30) and 0.5 < valid.float().mean() < 0.95
    assert 'gt_sem_seg' not in out['data_samples'] and out['data_samples'].img_shape == (24, 30)
    gray = (out['inputs'] == 90).all(dim=0)
    assert valid[0][gray].all() and not valid[0][(out['inputs'] == 0).all(dim=0)].any(), 'they moved together'


def test_padding_is_empty():
    out = packed(TRACK, dict(type='Pad', size=(40, 40)), PACK)
    valid = out['data_samples'].valid_pixels.data[0]
    assert valid[:24, :30].all() and valid.sum() == 24 * 30


def test_nothing_is_empty_where_nothing_moves():
    assert packed(TRACK, dict(type='Resize', scale=(15, 12)), PACK)['data_samples'].valid_pixels.data.all()


def test_packing_what_was_not_tracked_is_refused():
    with pytest.raises(KeyError, match="TrackEmptyPixels.*after LoadImageFromFile"):
        packed(ROTATE, PACK)
