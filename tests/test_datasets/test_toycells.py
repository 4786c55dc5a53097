# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the generated set: what it holds, and that it is drawn once, the same everywhere."""
import numpy as np
import pytest
from mmengine.registry import DefaultScope
from numpy.random import RandomState
from PIL import Image

from mmseg_entmin.datasets import BloodCellsDataset, toycells
from mmseg_entmin.datasets.splits import class_presence, read_list

SMALL = dict(num_train=30, num_test=6, size=32)


@pytest.fixture(autouse=True)
def mmseg_scope():
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


@pytest.fixture(scope='module')
def small_set(tmp_path_factory):
    return toycells.generate(tmp_path_factory.mktemp('toycells'), **SMALL)


def contents(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob('*') if path.is_file()}


@pytest.mark.parametrize('size', [32, 64, 90])
def test_draw_cell(size):
    for seed in range(5):
        image, mask = toycells.draw_cell(RandomState(seed), size)
        assert image.shape == (size, size, 3) and image.dtype == np.uint8
        assert mask.shape == (size, size) and mask.dtype == np.uint8
        counts = np.bincount(mask.ravel())
        assert len(counts) == 3 and counts.min() >= 0.02 * size**2
        nucleus_to_background = np.abs(image[mask == 2].mean(axis=0) - image[mask == 0].mean(axis=0))
        assert nucleus_to_background.max() > 10


def test_images_look_different():
    images = np.array([toycells.draw_cell(RandomState(seed), 32)[0] for seed in range(40)])
    assert (images.mean(axis=(1, 2)).std(axis=0) > 15).all()


def test_layout(small_set):
    train, test = read_list(small_set / 'splits' / 'train.txt'), read_list(small_set / 'splits' / 'test.txt')
    assert (len(train), len(test)) == (SMALL['num_train'], SMALL['num_test']) and not set(train) & set(test)
    for share in ('1-20', '1-10', '1-8', '1-3'):
        parts = [read_list(small_set / 'splits' / f'{share}_{part}.txt') for part in ('labeled', 'unlabeled')]
        assert sorted(parts[0] + parts[1]) == train
    for folder in ('images', 'annotations'):
        assert sorted(path.stem for path in (small_set / folder).iterdir()) == train + test


def test_is_a_blood_cells_dataset(small_set):
    dataset = BloodCellsDataset(
        data_root=str(small_set),
        ann_file='splits/train.txt',
        data_prefix=dict(img_path='images', seg_map_path='annotations'),
        pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')])
    assert class_presence(dataset).all()


def test_is_repeatable_and_images_do_not_depend_on_their_number(small_set, tmp_path):
    assert contents(toycells.generate(tmp_path / 'again', **SMALL)) == contents(small_set)
    fewer = toycells.generate(tmp_path / 'fewer', num_train=4, num_test=1, size=32)
    for path in (fewer / 'images').iterdir():
        assert np.array_equal(Image.open(path), Image.open(small_set / 'images' / path.name))
    other = toycells.generate(tmp_path / 'other', num_train=4, num_test=1, size=32, seed=1)
    assert not np.array_equal(Image.open(other / 'images' / '000.png'), Image.open(fewer / 'images' / '000.png'))


def test_masks_of_one_stain_and_all_other_images_of_another(tmp_path):
    root = toycells.generate(tmp_path / 'stains', other_stain=True, **SMALL)
    labeled = read_list(root / 'splits' / '1-10_labeled.txt')
    images = {path.stem: np.asarray(Image.open(path)) for path in (root / 'images').iterdir()}
    for stem, image in images.items():
        stain = toycells.OTHER_STAIN[stem not in labeled]
        expected, mask = toycells.draw_cell(RandomState([0, int(stem)]), SMALL['size'], [stain])
        assert np.array_equal(image, expected)
        assert np.array_equal(mask, Image.open(root / 'annotations' / f'{stem}.png'))
    with pytest.raises(FileExistsError, match="'stains': "):
        toycells.generate(root, **SMALL)


def test_complete_set_is_kept_and_incomplete_one_finished(small_set, tmp_path):
    root = toycells.generate(tmp_path, **SMALL)
    times = {path: path.stat().st_mtime_ns for path in root.rglob('*')}
    toycells.generate(root, **SMALL)
    assert times == {path: path.stat().st_mtime_ns for path in root.rglob('*')}
    (root / 'generated.json').unlink()
    (root / 'images' / '003.png').unlink()
    toycells.generate(root, **SMALL)
    assert contents(root) == contents(small_set)


def test_other_parameters_need_force(tmp_path):
    toycells.generate(tmp_path, num_train=4, num_test=2, size=32)
    with pytest.raises(FileExistsError, match="generated.json.*'num_train': 4.*'num_train': 3"):
        toycells.generate(tmp_path, num_train=3, num_test=1, size=32)
    toycells.generate(tmp_path, num_train=3, num_test=1, size=32, force=True)
    assert len(list((tmp_path / 'images').iterdir())) == 4
    assert read_list(tmp_path / 'splits' / 'train.txt') == ['000', '001', '002']


@pytest.mark.parametrize('wrong', [dict(num_train=1), dict(num_test=0), dict(size=16)])
def test_refuses_parameters(tmp_path, wrong):
    (name, value), = wrong.items()
    with pytest.raises(ValueError, match=f'{name}={value}'):
        toycells.generate(tmp_path, **wrong)
