# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The images of a config, by what it does with them."""
import pytest
from mmengine.config import Config

from mmseg_entmin.apis.listed_images import listed_images

PIPELINE = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]


def config(root, **loaders):
    def dataset(ann_file):
        return dict(type='BaseSegDataset', data_root=str(root), ann_file=ann_file, img_suffix='.png', pipeline=PIPELINE,
                    data_prefix=dict(img_path='images', seg_map_path='annotations'), metainfo=dict(classes=('a', 'b')))

    return Config({f'{split}_dataloader': dict(dataset=dataset(ann_file)) for split, ann_file in loaders.items()})


def test_labeled_and_evaluation_images_are_told_apart(tiny_dataset):
    cfg = config(tiny_dataset, train='splits/1-3_labeled.txt', val='splits/val.txt', test='splits/test.txt')
    cfg.train_dataloader.dataset = dict(type='RepeatDataset', times=2, dataset=cfg.train_dataloader.dataset)
    (tiny_dataset / 'link').symlink_to(tiny_dataset / 'images')
    cfg.val_dataloader.dataset.data_prefix.img_path = 'link'
    listed = listed_images(cfg)
    assert listed.labeled == {f'{tiny_dataset}/images/00{number}.png' for number in range(1, 5)}
    assert listed.evaluation == {f'{tiny_dataset}/images/0{number}.png' for number in range(13, 17)}


def test_unlabeled_images_and_datasets_without_a_place_are_none(tiny_dataset):
    cfg = config(tiny_dataset, train='splits/train.txt')
    cfg.train_dataloader.dataset.pipeline = PIPELINE[:1]
    cfg.test_dataloader = dict(dataset=dict(type='BloodCellsDataset', pipeline=PIPELINE))
    assert listed_images(cfg) == (set(), set()) == listed_images(Config(dict(val_dataloader=None)))


def test_a_list_that_is_missing_is_an_error(tiny_dataset):
    with pytest.raises(FileNotFoundError, match='gone.txt'):
        listed_images(config(tiny_dataset, test='splits/gone.txt'))
