# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the converters, each on a small release made here in the form of the public one."""
import numpy as np
import pytest
from mmengine.registry import DefaultScope
from mmseg.datasets import PascalContextDataset
from PIL import Image
from scipy.io import savemat

from mmseg_entmin.datasets.splits import class_presence, read_list
from mmseg_entmin.registry import DATASETS
from tests.releases import save, write_list


@pytest.fixture(autouse=True)
def mmseg_scope():
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


def labels_of(path):
    return np.array(Image.open(path))


def files(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob('*') if path.is_file()}


def load(kind, root, **kwargs):
    pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')]
    return DATASETS.build(dict(type=kind, data_root=str(root), pipeline=pipeline, **kwargs))


def test_toycells(convert, tmp_path):
    options = ['--num-train', 4, '--num-test', 2, '--size', 32]
    convert('toycells', tmp_path / 'toy', *options)
    assert len(read_list(tmp_path / 'toy' / 'splits' / 'train.txt')) == 4
    with pytest.raises(SystemExit, match='generated.json'):
        convert('toycells', tmp_path / 'toy', *options, '--seed', 1)
    convert('toycells', tmp_path / 'toy', *options, '--seed', 1, '--force')


def test_wbc(convert, wbc_release, tmp_path):
    root = tmp_path / 'wbc'
    convert('wbc', wbc_release, root)
    written = files(root)
    convert('wbc', wbc_release, root)
    assert files(root) == written
    for stem in ('001', '040'):
        assert np.array_equal(Image.open(root / 'images' / f'{stem}.png'), Image.open(wbc_release / f'{stem}.bmp'))
        values = np.array([0, 128, 255])[labels_of(root / 'annotations' / f'{stem}.png')]
        assert np.array_equal(values, labels_of(wbc_release / f'{stem}.png'))
    train, test = read_list(root / 'splits' / 'train.txt'), read_list(root / 'splits' / 'test.txt')
    assert len(train) == len(test) == 20 and not set(train) & set(test)
    assert len(read_list(root / 'splits' / '1-10_labeled.txt')) == 2
    dataset = load('BloodCellsDataset', root, ann_file='splits/train.txt',
                   data_prefix=dict(img_path='images', seg_map_path='annotations'))  # yapf: disable
    assert class_presence(dataset).all()


def test_wbc_lists_are_those_of_the_real_set(convert, shared_data, tmp_path):
    real = shared_data / 'wbc1' / 'splits'
    for stem in read_list(real / 'train.txt') + read_list(real / 'test.txt'):
        save(tmp_path / 'release' / f'{stem}.bmp', np.zeros((2, 2, 3)))
        save(tmp_path / 'release' / f'{stem}.png', np.zeros((2, 2)))
    convert('wbc', tmp_path / 'release', tmp_path / 'wbc')
    assert files(tmp_path / 'wbc' / 'splits') == files(real)


def test_wbc_sizes(convert, wbc_release, tmp_path):
    convert('wbc', wbc_release, tmp_path / 'count', '--train-count', 33, '--shares', '1/3')
    assert len(read_list(tmp_path / 'count' / 'splits' / 'train.txt')) == 33
    assert len(read_list(tmp_path / 'count' / 'splits' / '1-3_labeled.txt')) == 11
    convert('wbc', wbc_release, tmp_path / 'share', '--test-share', '1/4', '--seed', 2)
    assert len(read_list(tmp_path / 'share' / 'splits' / 'test.txt')) == 10
    with pytest.raises(SystemExit, match='--train-count 40'):
        convert('wbc', wbc_release, tmp_path / 'none', '--train-count', 40)


def test_wbc_refuses(convert, wbc_release, tmp_path):
    with pytest.raises(SystemExit, match=r'bmp'):
        convert('wbc', tmp_path, tmp_path / 'wbc')
    save(wbc_release / '003.png', np.zeros((5, 5)))
    with pytest.raises(SystemExit, match='003.png.*sizes'):
        convert('wbc', wbc_release, tmp_path / 'wbc')
    save(wbc_release / '003.png', np.full((12, 16), 77))
    with pytest.raises(SystemExit, match=r'003.png.*\[77\].*0, 128, 255'):
        convert('wbc', wbc_release, tmp_path / 'wbc')
    convert('wbc', wbc_release, tmp_path / 'ignored', '--ignore-unknown')
    assert (labels_of(tmp_path / 'ignored' / 'annotations' / '003.png') == 255).all()
    (wbc_release / '003.png').unlink()
    with pytest.raises(SystemExit, match='003.png'):
        convert('wbc', wbc_release, tmp_path / 'wbc')


def test_camvid(convert, camvid_release, tmp_path):
    root = tmp_path / 'camvid'
    convert('camvid', camvid_release, root)
    written = files(root)
    convert('camvid', camvid_release, root)
    assert files(root) == written
    assert [len(read_list(root / 'splits' / f'{split}.txt')) for split in ('train', 'val', 'test')] == [16, 2, 3]
    assert len(read_list(root / 'splits' / '1-8_labeled.txt')) == 2
    before = labels_of(camvid_release / 'valannot' / 'val_00001.png')
    after = labels_of(root / 'annotations' / 'val' / 'val_00001.png')
    assert np.array_equal(np.where(before == 11, 255, before), after)
    images = [camvid_release / 'train' / 'train_00003.png', root / 'images' / 'train' / 'train_00003.jpg']
    difference = np.subtract(*[np.asarray(Image.open(path), int) for path in images])
    assert np.abs(difference).max() <= 4
    dataset = load('CamVidDataset', root, ann_file='splits/train.txt',
                   data_prefix=dict(img_path='images/train', seg_map_path='annotations/train'))  # yapf: disable
    assert class_presence(dataset).all()


@pytest.mark.parametrize('mask, message', [(np.full((36, 48), 12), r'train_00000.png.*\[12\].*0 to 11'),
                                           (np.zeros((36, 48, 3)), 'train_00000.png.*one channel')])
def test_camvid_refuses(convert, camvid_release, tmp_path, mask, message):
    save(camvid_release / 'trainannot' / 'train_00000.png', mask)
    with pytest.raises(SystemExit, match=message):
        convert('camvid', camvid_release, tmp_path / 'camvid')


def test_voc_aug(convert, voc_release):
    sbd, voc = voc_release
    convert('voc_aug', sbd, voc, '--expect', 24)
    written = files(voc)
    convert('voc_aug', sbd, voc, '--expect', 24)
    assert files(voc) == written
    sets = voc / 'ImageSets' / 'Segmentation'
    train, val = read_list(sets / 'train.txt'), read_list(sets / 'val.txt')
    pool = read_list(voc / 'splits' / 'train.txt')
    assert pool == read_list(sets / 'trainaug.txt') == sorted(train + read_list(sets / 'aug.txt'))
    assert len(pool) == 24 and not set(pool) & set(val)
    assert len(read_list(voc / 'splits' / '1-8_labeled.txt')) == 3
    for stem in train + val:  # VOC's masks come first: they mark the object borders as void
        assert written[(voc / 'SegmentationClassAug' / f'{stem}.png').relative_to(voc)] == \
            written[(voc / 'SegmentationClass' / f'{stem}.png').relative_to(voc)]
    dataset = load('PascalVOCDataset', voc, ann_file='splits/train.txt',
                   data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClassAug'))  # yapf: disable
    assert class_presence(dataset).all(axis=1).any()


def test_voc_aug_refuses(convert, voc_release):
    sbd, voc = voc_release
    with pytest.raises(SystemExit, match='24 training images instead of 10582'):
        convert('voc_aug', sbd, voc)
    stem = read_list(sbd / 'dataset' / 'train.txt')[0]
    savemat(sbd / 'dataset' / 'cls' / f'{stem}.mat', {'GTcls': {'Segmentation': np.full((2, 2), 21, np.uint8)}})
    with pytest.raises(SystemExit, match=rf'{stem}.mat.*\[21\]'):
        convert('voc_aug', sbd, voc, '--expect', 24)
    (voc / 'JPEGImages' / f'{stem}.jpg').unlink()
    with pytest.raises(SystemExit, match=f'1 images are missing, {stem}.jpg'):
        convert('voc_aug', sbd, voc, '--expect', 24)
    (sbd / 'dataset' / 'val.txt').unlink()
    with pytest.raises(SystemExit, match='val.txt'):
        convert('voc_aug', sbd, voc, '--expect', 24)


@pytest.mark.parametrize('name', ['wbc', 'camvid', 'voc_aug', 'pascal_context'])
def test_nothing_is_converted_into_a_set_of_other_lists(convert, release, name):
    src, dst, options = release(name)
    write_list(dst / 'splits' / 'train.txt', ['other'])
    before = files(dst)
    with pytest.raises(SystemExit, match='train.txt: exists with other content.*--force'):
        convert(name, src, dst, *options)
    assert files(dst) == before
    convert(name, src, dst, *options, '--force')
    assert len(read_list(dst / 'splits' / 'train.txt')) > 1


@pytest.mark.parametrize('name, file', [
    ('wbc', '003.png'), ('wbc', '003.bmp'), ('camvid', 'val/val_00001.png'), ('camvid', 'valannot/val_00001.png'),
    ('voc_aug', 'dataset/cls/2008_000010.mat'), ('pascal_context', 'trainval/2008_000003.mat')])
def test_a_file_that_ends_too_early_is_named(convert, release, name, file):
    src, dst, options = release(name)
    (src / file).write_bytes((src / file).read_bytes()[:-60])
    with pytest.raises(SystemExit, match=f"{file}' cannot be read: .+; replace it"):
        convert(name, src, dst, *options)


def test_pascal_context(convert, context_release):
    src, voc, names = context_release
    table = np.arange(81).reshape(9, 9).astype(np.uint16)
    savemat(src / 'trainval' / '2008_000000.mat', {'LabelMap': table})
    convert('pascal_context', src, voc)
    written = files(voc)
    convert('pascal_context', src, voc)
    assert files(voc) == written
    classes = PascalContextDataset.METAINFO['classes']
    indices = labels_of(voc / 'SegmentationClassContext' / '2008_000000.png').ravel()
    expected = ['background', *(name if name in classes else 'background' for name in names)]
    assert [classes[i] for i in indices] == expected
    train = read_list(voc / 'ImageSets' / 'SegmentationContext' / 'train.txt')
    assert train == read_list(voc / 'splits' / 'train.txt') == [f'2008_{i:06d}' for i in range(8)]
    assert len(read_list(voc / 'ImageSets' / 'SegmentationContext' / 'val.txt')) == 10
    assert len(read_list(voc / 'splits' / '1-3_labeled.txt')) == 3
    dataset = load('PascalContextDataset', voc, ann_file='splits/train.txt',
                   data_prefix=dict(img_path='JPEGImages', seg_map_path='SegmentationClassContext'))  # yapf: disable
    assert class_presence(dataset)[0].all()


@pytest.mark.parametrize('file, old, new, message', [
    ('59_labels.txt', 'aeroplane', 'airplane', '59_labels.txt.*aeroplane, airplane'),
    ('labels.txt', ': wood', ': timber', 'labels.txt.*wood'),
    ('labels.txt', ': wood', ' wood', 'labels.txt.*wood'),
])
def test_pascal_context_refuses_names(convert, context_release, file, old, new, message):
    src, voc, _ = context_release
    (src / file).write_text((src / file).read_text().replace(old, new))
    with pytest.raises(SystemExit, match=message):
        convert('pascal_context', src, voc)


def test_pascal_context_refuses_files(convert, context_release):
    src, voc, _ = context_release
    savemat(src / 'trainval' / '2008_000001.mat', {'LabelMap': np.full((2, 2), 460, np.uint16)})
    with pytest.raises(SystemExit, match=r'2008_000001.mat.*\[460\].*0 to 80'):
        convert('pascal_context', src, voc)
    write_list(voc / 'ImageSets' / 'Main' / 'train.txt', ['2008_000019'])
    with pytest.raises(SystemExit, match='train.txt: none'):
        convert('pascal_context', src, voc)
    with pytest.raises(SystemExit, match='59_labels.txt'):
        (src / '59_labels.txt').unlink()
        convert('pascal_context', src, voc)
