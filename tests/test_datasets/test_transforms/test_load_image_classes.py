# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Weak labels from the file to the segmentor's sample."""
import numpy as np
import pytest
from mmengine.registry import DefaultScope

from mmseg_entmin.registry import TRANSFORMS


def load(tmp_path, text):
    path = tmp_path / 'classes.csv'
    path.write_text(text)
    with DefaultScope.overwrite_default_scope('mmseg'):
        return TRANSFORMS.build(dict(type='LoadImageClasses', file=str(path)))


def test_classes_reach_the_sample(tmp_path):
    results = load(tmp_path, '0001,0,3\n\n0002, 1\n').transform(dict(img_path='images/0002.png'))
    assert results['image_classes'] == [1]
    with DefaultScope.overwrite_default_scope('mmseg'):
        pack = TRANSFORMS.build(dict(type='PackSegInputs', meta_keys=('img_path', 'image_classes')))
    packed = pack(dict(results, img=np.zeros((4, 4, 3), np.uint8)))
    assert packed['data_samples'].metainfo['image_classes'] == [1]


@pytest.mark.parametrize('row', ['0001', '0001,', '0001,cat', '0001,-1'])
def test_a_row_that_is_none_is_named(tmp_path, row):
    with pytest.raises(ValueError, match=f"classes.csv: the row '{row}' is not a name and indices"):
        load(tmp_path, row)


def test_an_image_without_a_row_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(ValueError, match="classes.csv: no row for the image '0002'"):
        load(tmp_path, '0001,0').transform(dict(img_path='0002.png'))
    with pytest.raises(FileNotFoundError):
        TRANSFORMS.build(dict(type='LoadImageClasses', file=str(tmp_path / 'none.csv')))
