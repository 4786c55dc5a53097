# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labeled and unlabeled images together; no mask of an unlabeled image is touched; bad input is refused by name."""
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

import mmseg_entmin  # noqa: F401
from mmseg_entmin.datasets import SemiDataset
from mmseg_entmin.registry import DATASETS

LABELED = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
UNLABELED = [dict(type='LoadImageFromFile'), dict(type='RandomFlip', prob=0.5), dict(type='PackSegInputs')]


def source(root, ann_file, pipeline, **options):
    return dict(
        type='BloodCellsDataset', data_root=str(root), ann_file=ann_file, pipeline=pipeline,
        data_prefix=dict(img_path='images', seg_map_path='annotations'), **options)


def config(root, **options):
    return dict(
        type='SemiDataset', labeled=source(root, 'splits/1-3_labeled.txt', LABELED),
        unlabeled=source(root, 'splits/1-3_unlabeled.txt', UNLABELED), **options)


def build(cfg) -> SemiDataset:
    with DefaultScope.overwrite_default_scope('mmseg'):
        return DATASETS.build(cfg)


def test_labeled_first_then_unlabeled(tiny_dataset):
    dataset = build(config(tiny_dataset))
    assert (len(dataset), dataset.num_labeled, dataset.num_unlabeled) == (12, 4, 8)
    assert all('gt_sem_seg' in dataset[i]['data_samples'] for i in range(4))
    assert not any('gt_sem_seg' in dataset[i]['data_samples'] for i in range(4, 12))
    assert dataset.metainfo['classes'] == ('background', 'cytoplasm', 'nucleus')


@pytest.mark.parametrize('num_workers', [0, 2])
def test_no_mask_of_the_unlabeled_set_is_opened(tiny_dataset, num_workers, tmp_path):
    """Every file that Python opens is noted while the loader passes over all images; then the masks are gone."""
    log = tmp_path / 'opened.txt'
    with open(log, 'a', buffering=1) as out:  # shared with the worker processes

        def note(event, args):
            if event == 'open' and isinstance(args[0], str) and args[0].endswith('.png') and not out.closed:
                out.write(args[0] + '\n')

        sys.addaudithook(note)
        with DefaultScope.overwrite_default_scope('mmseg'):
            loader = Runner.build_dataloader(
                dict(batch_size=4, num_workers=num_workers, dataset=config(tiny_dataset),
                     sampler=dict(type='LabeledUnlabeledSampler', labeled=1, unlabeled=3)), seed=0)
        batches = iter(loader)
        seen = {sample.img_path for _ in range(8) for sample in next(batches)['data_samples']}
        del batches
    opened = {Path(line) for line in log.read_text().split()}
    unlabeled = (tiny_dataset / 'splits/1-3_unlabeled.txt').read_text().split()
    labeled = (tiny_dataset / 'splits/1-3_labeled.txt').read_text().split()
    assert len(seen) == 12
    assert {tiny_dataset / 'images' / f'{stem}.png' for stem in unlabeled} <= opened  # the log sees what is read
    assert {path.stem for path in opened if path.parent.name == 'annotations'} == set(labeled)
    for stem in unlabeled:
        (tiny_dataset / 'annotations' / f'{stem}.png').unlink()
    dataset = build(config(tiny_dataset))
    assert all(dataset[i] for i in range(12))


def test_any_dataset_class_and_a_plain_folder_of_images(tiny_dataset):
    cfg = config(tiny_dataset)
    cfg['unlabeled'].update(type='BaseSegDataset', ann_file='', img_suffix='.png', data_prefix=dict(img_path='more'),
                            metainfo=dict(classes=('background', 'cytoplasm', 'nucleus')))
    cfg['labeled'].update(type='BaseSegDataset', img_suffix='.png', seg_map_suffix='.png',
                          metainfo=dict(classes=('background', 'cytoplasm', 'nucleus')))
    (tiny_dataset / 'more').mkdir()
    for i in range(5):
        (tiny_dataset / 'images' / f'{i + 5:03d}.png').rename(tiny_dataset / 'more' / f'{i}.png')
    palette = dict(palette=[[0, 0, 0], [1, 1, 1], [2, 2, 2]])
    cfg['labeled']['metainfo'].update(palette)
    cfg['unlabeled']['metainfo'].update(palette)
    assert build(cfg).num_unlabeled == 5


def test_wrapped_datasets(tiny_dataset):
    cfg = config(tiny_dataset)
    parts = [source(tiny_dataset, f'splits/{name}.txt', UNLABELED) for name in ('1-3_unlabeled', 'test')]
    cfg['unlabeled'] = dict(type='ConcatDataset', datasets=parts)
    assert build(cfg).num_unlabeled == 12
    assert 'seg_map_path' not in build(cfg).unlabeled.datasets[1].get_data_info(0)


def edit(root, name, change):
    path = root / 'splits' / f'{name}.txt'
    path.write_text(change(path.read_text()))


def paint(root, stem, value):
    path = str(root / 'annotations' / f'{stem}.png')
    mask = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    mask[:2] = value
    cv2.imwrite(path, mask)


def no_list(root):
    (root / 'splits/1-3_labeled.txt').unlink()


def no_unlabeled_list(root):
    (root / 'splits/1-3_unlabeled.txt').unlink()


def empty_list(root):
    edit(root, '1-3_labeled', lambda text: '')


def stem_in_both(root):
    edit(root, '1-3_unlabeled', lambda text: text + '002\n')


def stem_twice(root):
    edit(root, '1-3_labeled', lambda text: text + '002\n')


def no_mask(root):
    (root / 'annotations/003.png').unlink()


def no_image(root):
    (root / 'images/009.png').unlink()


def label_too_large(root):
    paint(root, '004', 3)


def colour_mask(root):
    cv2.imwrite(str(root / 'annotations/004.png'), np.full((32, 32, 3), (0, 0, 200), np.uint8))


@pytest.mark.parametrize('spoil, message', [
    (no_list, r'1-3_labeled\.txt: no such list'),
    (no_unlabeled_list, r'1-3_unlabeled\.txt: no such list'),
    (empty_list, r'1-3_labeled\.txt: the list is empty'),
    (stem_in_both, r'images/002\.png: this image is both labeled and unlabeled'),
    (stem_twice, r'1-3_labeled\.txt.*002'),
    (no_mask, r'annotations/003\.png: the mask of the labeled image .*images/003\.png does not exist'),
    (no_image, r'images/009\.png: this unlabeled image does not exist \(1 of 8'),
    (label_too_large, r'annotations/004\.png: label value\(s\) \[3\], but there are 3 classes, 0 to 2'),
    (colour_mask, r'annotations/004\.png: a mask of shape \(32, 32, 3\)'),
])
def test_bad_data_is_one_error_that_names_the_file_or_value(tiny_dataset, spoil, message):
    spoil(tiny_dataset)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        build(config(tiny_dataset))


def test_labeled_images_may_be_unlabeled_ones_too_where_that_is_asked_for(tiny_dataset):
    stem_in_both(tiny_dataset)
    dataset = build(config(tiny_dataset, labeled_too=True))
    assert (dataset.num_labeled, dataset.num_unlabeled) == (4, 9)
    twice = [info for info in (dataset.get_data_info(i) for i in range(13)) if '002' in info['img_path']]
    assert ['seg_map_path' in info for info in twice] == [True, False]


def test_void_is_no_error_and_masks_need_not_be_checked(tiny_dataset):
    paint(tiny_dataset, '004', 255)
    assert len(build(config(tiny_dataset))) == 12
    paint(tiny_dataset, '004', 3)
    assert len(build(config(tiny_dataset, check_masks=False))) == 12


def test_pipelines_must_fit_their_source(tiny_dataset):
    cfg = config(tiny_dataset)
    cfg['unlabeled']['pipeline'] = LABELED
    with pytest.raises(ValueError, match='unlabeled dataset has LoadAnnotations'):
        build(cfg)
    cfg = config(tiny_dataset)
    cfg['labeled']['pipeline'] = UNLABELED
    with pytest.raises(ValueError, match='1-3_labeled.txt.*no LoadAnnotations'):
        build(cfg)


def test_an_empty_folder_is_refused(tiny_dataset):
    cfg = config(tiny_dataset)
    (tiny_dataset / 'none').mkdir()
    cfg['unlabeled'].update(ann_file='', data_prefix=dict(img_path='none'))
    with pytest.raises(ValueError, match='dataset has no image; look at .*none'):
        build(cfg)
