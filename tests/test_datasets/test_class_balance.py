# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""MMEngine's class-balanced sampling around any dataset of mmseg."""
from collections import Counter

import numpy as np
import pytest
from mmengine.registry import DefaultScope
from mmseg.registry import DATASETS
from PIL import Image

from tests.tiny import sample  # noqa: F401  registers the components

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]


def write(folder, count: int = 8) -> dict:
    """Images of which only the first shows class 2; some pixels of each are ignored. A dataset of them."""
    for number in range(count):
        mask = np.zeros((8, 8), np.uint8)
        mask[0], mask[1] = 1, 255
        mask[2] = 2 * (number == 0)
        for name, array in (('images', np.zeros((8, 8, 3), np.uint8)), ('masks', mask)):
            (folder / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(array).save(folder / name / f'{number}.png')
    return dict(type='BaseSegDataset', data_root=str(folder), img_suffix='.png', seg_map_suffix='.png',
                metainfo=dict(classes=('a', 'b', 'c')), pipeline=PIPELINE,
                data_prefix=dict(img_path='images', seg_map_path='masks'))


def build(cfg: dict):
    with DefaultScope.overwrite_default_scope('mmseg'):
        dataset = DATASETS.build(cfg)
    dataset.full_init()
    return dataset


def shown(dataset) -> Counter:
    return Counter(dataset[index]['data_samples'].img_path.rsplit('/', 1)[1] for index in range(len(dataset)))


def test_an_image_of_a_rare_class_comes_more_often(tmp_path):
    dataset = build(dict(type='ClassBalancedDataset', oversample_thr=0.5, dataset=write(tmp_path)))
    assert dataset.get_cat_ids(0) == [0, 1, 2] and dataset.get_cat_ids(len(dataset) - 1) == [0, 1]
    assert shown(dataset) == {'0.png': 2, **{f'{number}.png': 1 for number in range(1, 8)}}  # sqrt(0.5 / 0.125) = 2


def test_around_several_datasets(tmp_path):
    parts = [write(tmp_path / name) for name in 'ab']
    dataset = build(dict(type='ClassBalancedDataset', oversample_thr=0.5, dataset=dict(
        type='ConcatDataset', datasets=parts)))
    assert shown(dataset)['0.png'] == 4 and shown(dataset)['1.png'] == 2


@pytest.mark.parametrize('wrap', [lambda part: part, lambda part: dict(type='RepeatDataset', times=2, dataset=part)])
def test_as_the_labeled_part_of_two_sources(tmp_path, wrap):
    labeled = dict(type='ClassBalancedDataset', oversample_thr=0.5, dataset=write(tmp_path / 'labeled'))
    unlabeled = dict(write(tmp_path / 'unlabeled'), pipeline=[PIPELINE[0], PIPELINE[2]])
    dataset = build(dict(type='SemiDataset', labeled=wrap(labeled), unlabeled=unlabeled))
    assert dataset.num_labeled in (9, 18) and dataset.num_unlabeled == 8
    assert 'gt_sem_seg' in dataset[1]['data_samples']


def test_images_without_masks_are_refused(tmp_path):
    plain = dict(write(tmp_path), pipeline=[PIPELINE[0], PIPELINE[2]])
    with pytest.raises(ValueError, match='ClassBalancedDataset: its images have no masks'):
        build(dict(type='ClassBalancedDataset', oversample_thr=0.5, dataset=plain))
