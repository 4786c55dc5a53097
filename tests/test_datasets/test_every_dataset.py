# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Every dataset and wrapper that mmseg and mmengine register: it works, or it is refused in one line with the reason.

A wrapper is tried around the labeled part, the unlabeled part and both parts of two sources, alone and to validate on.
A plain dataset is tried as the labeled part and alone; each of these trainings validates on it as well.
"""
import copy
import inspect
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import DATASETS as MMENGINE
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmseg.registry import DATASETS as MMSEG
from PIL import Image

from mmseg_entmin.config.checks import check_config
from mmseg_entmin.datasets.checks import refuse_lists, survey
from mmseg_entmin.datasets.guards import guard
from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.engine.explained import explained
from tests.conftest import TINY_CONFIG

LOAD, MASK, PACK = (dict(type=name) for name in ('LoadImageFromFile', 'LoadAnnotations', 'PackSegInputs'))
LISTS = dict(labeled='0\n1\n2\n', unlabeled='3\n4\n', val='5\n')
WRAPPERS = {
    'ConcatDataset': lambda part: dict(type='ConcatDataset', datasets=[part, part]),
    'RepeatDataset': lambda part: dict(type='RepeatDataset', times=2, dataset=part),
    'ClassBalancedDataset': lambda part: dict(type='ClassBalancedDataset', oversample_thr=0.5, dataset=part),
    'MultiImageMixDataset': lambda part: dict(
        type='MultiImageMixDataset', pipeline=[dict(type='RandomMosaic', prob=1., img_scale=(16, 16)), PACK],
        dataset=dict(part, pipeline=part['pipeline'][:-1]) if 'pipeline' in part else part),
    'SemiDataset': lambda part: dict(type='SemiDataset', labeled=part, unlabeled=part),
}
PLAIN = sorted({*MMSEG.module_dict, *MMENGINE.module_dict} - {*WRAPPERS})
PLACES = ('labeled', 'unlabeled', 'both', 'alone', 'validation')
TINY = Config.fromstring(TINY_CONFIG, '.py')

# What is refused, with a part of the message. Everything else works.
ITSELF = 'a SemiDataset has to be train_dataloader.dataset itself'
REFUSED = {
    ('ClassBalancedDataset', 'unlabeled'): 'ClassBalancedDataset: its images have no masks',
    ('MultiImageMixDataset', 'both'): 'packs images before they are mixed; move PackSegInputs',
    **{(name, 'both'): ITSELF for name in ('ClassBalancedDataset', 'ConcatDataset', 'RepeatDataset', 'SemiDataset')},
    **{('SemiDataset', place): ITSELF for place in ('labeled', 'unlabeled', 'validation')},
    ('SemiDataset', 'alone'): 'the unlabeled dataset has LoadAnnotations',
    **{(name, place): text for place in ('labeled', 'alone') for name, text in dict(
        BaseCDDataset='compares two images, but data_prefix has no img_path2',
        LEVIRCDDataset='compares two images, but data_prefix has no img_path2',
        DSDLSegDataset='Package dsdl is not installed',
        DecathlonDataset='cannot be built: TypeError: Unsupported format: txt',
        HSIDrive20Dataset='0.npy: cannot be read: it is no image of a known format',
        NYUDataset='no mask belongs to this image; its dataset is one of depth maps',
        OneDLDataset="missing 1 required positional argument: 'dataset_name'").items()},
}


def write(root: Path, image_suffix: str, mask_suffix: str) -> None:
    """Six images and masks of the labels 0 and 1, with the names that a dataset looks for, and three lists."""
    for number in range(6):
        for folder, suffix, pixels in (('images', image_suffix, np.full((16, 16, 3), 40 * number, np.uint8)),
                                       ('annotations', mask_suffix, np.eye(16, dtype=np.uint8))):
            path = root / folder / f'{number}{suffix}'
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, pixels) if suffix == '.npy' else Image.fromarray(pixels).save(path, 'PNG')
    for name, text in LISTS.items():
        (root / f'{name}.txt').write_text(text)


def defaults(kind: type) -> dict:
    """Defaults of a constructor, those of its base classes included."""
    found = {}
    for parent in reversed(kind.__mro__):
        if '__init__' in vars(parent):
            found.update({name: each.default for name, each in inspect.signature(parent).parameters.items()})
    return found


def plain(root: Path, name: str) -> tuple[dict, tuple]:
    """Config of a plain dataset of the labeled images, and its classes."""
    kind = MMSEG.get(name)
    options = defaults(kind)
    image_suffix = '.png' if name == 'REFUGEDataset' else options['img_suffix']  # it takes no other
    write(root, image_suffix, options['seg_map_suffix'])
    classes = kind.METAINFO.get('classes')
    cfg = dict(type=name, data_root=str(root), data_prefix=dict(img_path='images', seg_map_path='annotations'),
               ann_file='labeled.txt', pipeline=[LOAD, MASK, PACK])
    return (cfg, classes) if classes else (dict(cfg, metainfo=dict(classes=('a', 'b'))), ('a', 'b'))


def without_masks(part: dict) -> dict:
    return dict(part, ann_file='unlabeled.txt', pipeline=[part['pipeline'][0], part['pipeline'][-1]])


def outcome(part: dict, classes: tuple, place: str, wrap=lambda part: part) -> str:
    """'' if a training gets its first batch and a validation its first image, otherwise the one line of the refusal."""
    val, unlabeled = dict(part, ann_file='val.txt'), without_masks(part)
    two = place in ('labeled', 'unlabeled', 'both')
    train = dict(type='SemiDataset', labeled=wrap(part) if place == 'labeled' else part,
                 unlabeled=wrap(unlabeled) if place == 'unlabeled' else unlabeled) if two else part
    cfg = copy.deepcopy(TINY)
    cfg.model.decode_head.num_classes = len(classes)
    cfg.train_dataloader.dataset = wrap(train) if place in ('both', 'alone') else train
    if two or cfg.train_dataloader.dataset.type == 'SemiDataset':
        cfg.train_dataloader.sampler = dict(type='LabeledUnlabeledSampler', labeled=1, unlabeled=1)
    cfg.val_dataloader.dataset = wrap(val) if place == 'validation' else val
    cfg.test_dataloader = cfg.val_dataloader
    try:  # as the command does before a training
        check_config(cfg)
        refuse_lists(cfg)
        survey(cfg, 'all')
        with explained(cfg), DefaultScope.overwrite_default_scope('mmseg'):
            loaders = [Runner.build_dataloader(cfg[f'{split}_dataloader'], seed=0) for split in ('train', 'val')]
    except (OSError, ValueError) as error:
        return str(error)
    for leaf in leaves(loaders[0].dataset):
        guard(leaf)
    batch = next(iter(loaders[0]))
    assert len(batch['inputs']) == 2
    assert 'gt_sem_seg' in next(iter(loaders[1]))['data_samples'][0]
    return ''


def check(name: str, place: str, found: str) -> None:
    expected = REFUSED.get((name, place))
    assert '\n' not in found and 'Traceback' not in found
    assert expected in found if expected else found == '', (name, place, found)


@pytest.mark.parametrize('name', PLAIN)
def test_plain_datasets(tmp_path, name):
    part, classes = plain(tmp_path, name)
    for place in ('labeled', 'alone'):
        check(name, place, outcome(part, classes, place))


@pytest.mark.parametrize('name', WRAPPERS)
def test_wrappers(tmp_path, name):
    part, classes = plain(tmp_path, 'BaseSegDataset')
    for place in PLACES:
        check(name, place, outcome(part, classes, place, WRAPPERS[name]))


def test_the_table_is_of_what_is_registered():
    """32 plain datasets and 5 wrappers with mmseg 1.4: 89 combinations, of which 24 are refused."""
    assert {*WRAPPERS} <= {*MMSEG.module_dict, *MMENGINE.module_dict}
    assert {name for name, _ in REFUSED} <= {*PLAIN, *WRAPPERS}
    assert len(PLAIN) != 32 or (2 * len(PLAIN) + len(PLACES) * len(WRAPPERS), len(REFUSED)) == (89, 24)


def test_images_of_other_forms_work_with_their_loader(tmp_path):
    part, classes = plain(tmp_path, 'HSIDrive20Dataset')
    part['pipeline'] = [dict(type='LoadImageFromNpyFile'), MASK, PACK]
    assert [outcome(part, classes, place) for place in ('labeled', 'alone')] == ['', '']


def test_a_validation_without_masks_is_refused_before_the_training(tmp_path):
    part, classes = plain(tmp_path, 'BaseSegDataset')
    found = outcome(part, classes, 'validation', lambda val: dict(val, pipeline=[LOAD, PACK]))
    assert 'val_dataloader.dataset.pipeline: ' in found and 'so nothing can be evaluated; add dict(type=' in found
