# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the data set classes: defaults, and classes that match the masks."""
import numpy as np
import pytest
from mmengine.registry import DefaultScope
from PIL import Image

from mmseg_entmin.datasets.splits import class_presence
from mmseg_entmin.registry import DATASETS

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]


@pytest.fixture(autouse=True)
def mmseg_scope():
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


@pytest.mark.parametrize('name, suffix, num_classes', [('BloodCellsDataset', '.png', 3), ('CamVidDataset', '.jpg', 11)])
def test_loads_its_files(tmp_path, name, suffix, num_classes):
    for folder in ('images', 'annotations'):
        (tmp_path / folder / 'sub').mkdir(parents=True)
    Image.new('RGB', (8, 6)).save(tmp_path / 'images' / 'sub' / f'a{suffix}')
    mask = np.full((6, 8), num_classes - 1, np.uint8)
    Image.fromarray(mask).save(tmp_path / 'annotations' / 'sub' / 'a.png')
    (tmp_path / 'list.txt').write_text('sub/a\n')
    dataset = DATASETS.build(
        dict(
            type=name,
            data_root=str(tmp_path),
            ann_file='list.txt',
            data_prefix=dict(img_path='images', seg_map_path='annotations'),
            pipeline=PIPELINE))
    sample = dataset[0]
    assert sample['inputs'].shape == (3, 6, 8)
    assert (sample['data_samples'].gt_sem_seg.data.numpy() == mask).all()
    assert len(dataset.metainfo['classes']) == num_classes
    assert len({tuple(colour) for colour in dataset.metainfo['palette']}) == num_classes


@pytest.mark.parametrize('cfg', [
    dict(type='BloodCellsDataset', data_root='wbc1', ann_file='splits/1-20_labeled.txt',
         data_prefix=dict(img_path='images', seg_map_path='annotations')),
    dict(type='CamVidDataset', data_root='camvid', ann_file='splits/1-8_labeled.txt',
         data_prefix=dict(img_path='images/train', seg_map_path='annotations/train')),
])  # yapf: disable
def test_fits_the_real_set(shared_data, cfg):
    dataset = DATASETS.build(dict(cfg, data_root=str(shared_data / cfg['data_root']), pipeline=PIPELINE))
    assert class_presence(dataset).any(axis=0).all()
    assert dataset[0]['inputs'].shape[0] == 3
