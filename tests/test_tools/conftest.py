# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A converter's command line, and a small release of each data set in the form of the public one."""
import runpy

import numpy as np
import pytest
from mmseg.datasets import PascalContextDataset
from numpy.random import RandomState
from PIL import Image
from scipy.io import savemat

from tests.releases import random_image, save, write_list

RELEASE_NAMES = dict(table='diningtable', bedclothes='bedcloth', cloth='clothes')


@pytest.fixture
def convert(repo_root):
    """Runs a converter in this process, as its command line would."""

    def call(name, *args):
        tool = runpy.run_path(str(repo_root / 'tools' / 'dataset_converters' / f'{name}.py'))
        tool['main']([str(arg) for arg in args])

    return call


@pytest.fixture
def wbc_release(tmp_path):
    rng = RandomState(0)
    for i in range(1, 41):
        save(tmp_path / 'release' / f'{i:03d}.bmp', random_image(rng))
        save(tmp_path / 'release' / f'{i:03d}.png', rng.choice([0, 128, 255], (12, 16)))
    return tmp_path / 'release'


@pytest.fixture
def camvid_release(tmp_path):
    rng = RandomState(0)
    for split, count in (('train', 16), ('val', 2), ('test', 3)):
        for i in range(count):
            save(tmp_path / 'CamVid' / split / f'{split}_{i:05d}.png', np.full((36, 48, 3), rng.randint(0, 256, 3)))
            save(tmp_path / 'CamVid' / f'{split}annot' / f'{split}_{i:05d}.png', rng.randint(0, 12, (36, 48)))
    return tmp_path / 'CamVid'


@pytest.fixture
def voc_release(tmp_path):
    """VOC: 4 train and 3 val images with masks, 20 more without. SBD: masks for these, 2 of train and 2 of val."""
    rng = RandomState(0)
    sbd, voc = tmp_path / 'benchmark_RELEASE', tmp_path / 'VOC2012'
    stems = [f'2008_{i:06d}' for i in range(27)]
    train, val, other = stems[:4], stems[4:7], stems[7:]
    for stem in stems:
        save(voc / 'JPEGImages' / f'{stem}.jpg', random_image(rng))
    for stem in train + val:
        mask = Image.fromarray(rng.choice([0, 1, 20, 255], (12, 16)).astype(np.uint8), mode='P')
        mask.putpalette(list(range(255, -1, -1)) * 3)
        (voc / 'SegmentationClass').mkdir(exist_ok=True)
        mask.save(voc / 'SegmentationClass' / f'{stem}.png')
    (sbd / 'dataset' / 'cls').mkdir(parents=True)
    for stem in other + train[:2] + val[:2]:
        savemat(sbd / 'dataset' / 'cls' / f'{stem}.mat',
                {'GTcls': {'Segmentation': rng.randint(0, 21, (12, 16)).astype(np.uint8), 'Boundaries': np.zeros(20)}})
    write_list(sbd / 'dataset' / 'train.txt', other[:12] + val[:2])
    write_list(sbd / 'dataset' / 'val.txt', other[12:] + train[:2])
    write_list(voc / 'ImageSets' / 'Segmentation' / 'train.txt', train)
    write_list(voc / 'ImageSets' / 'Segmentation' / 'val.txt', val)
    return sbd, voc


@pytest.fixture
def context_release(tmp_path):
    """Label k of 80 is the k-th name in alphabetical order: the 59 classes and 21 things that are none."""
    rng = RandomState(0)
    src, voc = tmp_path / 'context', tmp_path / 'VOC2010'
    classes = PascalContextDataset.METAINFO['classes'][1:]
    names = sorted([*classes, *(f'thing {i}' for i in range(21))])
    write_list(src / 'labels.txt', [f'{i}: {name}' for i, name in enumerate(names, 1)])
    write_list(src / '59_labels.txt', [f'{i}: {RELEASE_NAMES.get(name, name)}' for i, name in enumerate(classes, 1)])
    stems = [f'2008_{i:06d}' for i in range(20)]
    (src / 'trainval').mkdir()
    for stem in stems[:18]:
        save(voc / 'JPEGImages' / f'{stem}.jpg', random_image(rng))
        savemat(src / 'trainval' / f'{stem}.mat', {'LabelMap': rng.randint(0, 81, (12, 16)).astype(np.uint16)})
    write_list(voc / 'ImageSets' / 'Main' / 'train.txt', stems[:8] + stems[18:])
    write_list(voc / 'ImageSets' / 'Main' / 'val.txt', stems[8:18])
    return src, voc, names


@pytest.fixture
def release(request, tmp_path):
    """Source, destination and options of a converter, by its name."""

    def make(name):
        fixture = dict(wbc='wbc_release', camvid='camvid_release', voc_aug='voc_release',
                       pascal_context='context_release')[name]
        made = request.getfixturevalue(fixture)
        src, dst = made[:2] if isinstance(made, tuple) else (made, tmp_path / 'out')
        return src, dst, ['--expect', 24] if name == 'voc_aug' else []

    return make
