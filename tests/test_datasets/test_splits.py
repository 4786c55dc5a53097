# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the lists: what they hold, and how a pool is split into labeled and unlabeled images."""
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from mmengine.registry import DefaultScope
from PIL import Image

from mmseg_entmin.datasets import BloodCellsDataset, splits
from mmseg_entmin.registry import DATASETS

SHARES = ('1/20', '1/10', '1/8', '1/3')
pools = st.integers(4, 150).flatmap(
    lambda n: st.permutations([f'{i % 7}/{i:03d}' for i in range(n)]))  # sub-folders, any order


@pytest.fixture(autouse=True)
def mmseg_scope():
    with DefaultScope.overwrite_default_scope('mmseg'):
        yield


def random_presence(rng, num_images, frequencies):
    presence = rng.random((num_images, len(frequencies))) < frequencies
    presence[rng.integers(num_images, size=len(frequencies)), range(len(frequencies))] = True
    return presence


def test_read_list_returns_what_write_lists_wrote(tmp_path):
    path = tmp_path / 'new' / 'list.txt'
    splits.write_lists({path: ['b/2', 'a 1', 'ö']})
    assert splits.read_list(path) == ['b/2', 'a 1', 'ö']
    assert path.read_text().endswith('ö\n')
    assert [file.name for file in path.parent.iterdir()] == ['list.txt']


@pytest.mark.parametrize('content, message', [(None, 'no such list'), ('\n', 'empty'), ('a\nb\na\n', 'a;')])
def test_read_list_names_the_file(tmp_path, content, message):
    path = tmp_path / 'list.txt'
    if content is not None:
        path.write_text(content)
    with pytest.raises((FileNotFoundError, ValueError), match=f'list.txt.*{message}'):
        splits.read_list(path)


def test_write_lists_writes_all_or_none(tmp_path):
    first, second = tmp_path / 'first.txt', tmp_path / 'second.txt'
    splits.write_lists({second: ['a']})
    splits.write_lists({second: ['a']})
    with pytest.raises(FileExistsError, match='second.txt'):
        splits.write_lists({first: ['b'], second: ['c']})
    assert not first.exists() and splits.read_list(second) == ['a']
    splits.write_lists({first: ['b'], second: ['c']}, force=True)
    assert splits.read_list(first) == ['b'] and splits.read_list(second) == ['c']


@pytest.mark.parametrize('stem', ['', 'a ', ' a', 'a\nb', 'a\u2028b', 'a\udcff'])
def test_a_name_that_no_line_holds_is_refused_before_anything_is_written(tmp_path, stem):
    for force in (False, True):
        with pytest.raises(ValueError, match='a list cannot hold a name'):
            splits.write_lists({tmp_path / 'first.txt': ['b'], tmp_path / 'second.txt': ['a', stem]}, force)
        assert not [*tmp_path.iterdir()]


def test_a_file_that_is_no_list_is_not_written_over(tmp_path):
    (tmp_path / 'list.txt').write_bytes(b'\xff\xfe\x80')
    with pytest.raises(FileExistsError, match='list.txt: exists with other content'):
        splits.write_lists({tmp_path / 'list.txt': ['a']})


@pytest.mark.parametrize('share', ['1/8', '1-8', ' 1-8 ', '0.125', '125e-3', 0.125, Fraction(1, 8)])
def test_parse_share(share):
    assert splits.parse_share(share) == Fraction(1, 8)


def test_a_small_share_may_have_an_exponent():
    assert splits.parse_share(0.00005) == Fraction(1, 20000)


@pytest.mark.parametrize('share', ['0', '1', '9/8', '-1/8', '1/0', 'half', ''])
def test_parse_share_names_the_value(share):
    with pytest.raises(ValueError, match=f"'{share}'"):
        splits.parse_share(share)


@given(st.integers(1, 20000), st.integers(2, 100))
def test_labeled_count_is_the_nearest(total, part):
    count = splits.labeled_count(total, Fraction(1, part))
    assert count >= 1
    assert count == 1 or -part < 2 * (total - count * part) <= part or 2 * (count * part - total) == part


def test_list_paths(tmp_path):
    assert [path.name for path in splits.list_paths(tmp_path, '0.125')] == ['1-8_labeled.txt', '1-8_unlabeled.txt']
    assert splits.list_paths(tmp_path, '1-3', fold=2)[0] == tmp_path / '1-3_fold2_labeled.txt'


@hypothesis_settings(max_examples=25)
@given(pools, st.integers(0, 1000), st.booleans())
def test_splits_are_disjoint_complete_repeatable_and_nested(stems, seed, stratify):
    presence = random_presence(np.random.default_rng(seed), len(stems), np.array([1, 0.5, 0.1]))
    smaller = set()
    for share in SHARES:
        labeled, unlabeled = splits.make_split(stems, share, seed, presence, stratify)
        assert (labeled, unlabeled) == splits.make_split(stems, share, seed, presence, stratify)
        assert labeled == sorted(labeled) and unlabeled == sorted(unlabeled)
        assert sorted(labeled + unlabeled) == sorted(stems)
        assert len(labeled) == splits.labeled_count(len(stems), share)
        assert smaller <= set(labeled)
        smaller = set(labeled)


@hypothesis_settings(max_examples=25)
@given(pools, st.randoms(), st.booleans())
def test_order_of_the_pool_does_not_matter(stems, random, stratify):
    presence = random_presence(np.random.default_rng(0), len(stems), np.array([0.7, 0.2]))
    order = random.sample(range(len(stems)), len(stems))
    shuffled = splits.make_split([stems[i] for i in order], '1/3', 0, presence[order], stratify)
    assert shuffled == splits.make_split(stems, '1/3', 0, presence, stratify)


@hypothesis_settings(max_examples=25)
@given(st.integers(0, 1000), st.integers(12, 100))
def test_stratified_covers_all_classes_with_as_many_images(seed, num_images):
    presence = random_presence(np.random.default_rng(seed), num_images, np.array([1, 0.4, 0.1, 0.02]))
    stems = [f'{i:03d}' for i in range(num_images)]
    labeled, _ = splits.make_split(stems, Fraction(presence.shape[1], num_images), seed, presence, stratify=True)
    assert presence[[int(stem) for stem in labeled]].any(axis=0).all()


def test_stratified_follows_the_frequencies_better_than_chance():
    rng = np.random.default_rng(0)
    presence = random_presence(rng, 400, np.array([1, 0.6, 0.3, 0.1, 0.03]))
    stems = [f'{i:03d}' for i in range(400)]

    def distance(seed, share, stratify):
        rows = [int(stem) for stem in splits.make_split(stems, share, seed, presence, stratify)[0]]
        return np.abs(presence[rows].mean(axis=0) - presence.mean(axis=0))

    for share in SHARES:
        stratified = np.array([distance(seed, share, True) for seed in range(10)])
        chance = np.array([distance(seed, share, False) for seed in range(10)])
        assert stratified.sum(axis=1).max() < chance.sum(axis=1).mean() / 2
        assert stratified[:, -1].mean() < chance[:, -1].mean()


def test_stratified_takes_images_without_any_class_last():
    presence = np.array([[False]] * 5 + [[True]] * 5)
    labeled, _ = splits.make_split('abcdefghij', '1/2', 0, presence, stratify=True)
    assert labeled == list('fghij')
    assert len(splits.make_split('abcdefghij', '0.8', 0, presence, stratify=True)[0]) == 8


def test_seeds_give_other_splits():
    stems = [f'{i:03d}' for i in range(100)]
    assert len({tuple(splits.make_split(stems, '1/10', seed)[0]) for seed in range(5)}) == 5


@pytest.mark.parametrize('stems, share, stratify, message', [
    (['a', 'b', 'a'], '1/3', False, 'pool.*a;'),
    (['a', 'b'], '9/10', False, '9/10 of 2 images'),
    (['a', 'b', 'c'], '1/3', True, 'presence'),
])
def test_make_split_refuses(stems, share, stratify, message):
    with pytest.raises(ValueError, match=message):
        splits.make_split(stems, share, stratify=stratify)


@pytest.mark.parametrize('name, shares', [('wbc1', SHARES), ('camvid', ('1/8', '1/3'))])
def test_real_lists_are_reproduced(shared_data, name, shares):
    folder = shared_data / name / 'splits'
    train = splits.read_list(folder / 'train.txt')
    for path, stems in splits.share_lists(folder, train, shares).items():
        assert stems == splits.read_list(path), path


def build(root, **kwargs):
    return BloodCellsDataset(
        data_root=str(root),
        data_prefix=dict(img_path='images', seg_map_path='annotations'),
        pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations')],
        **kwargs)


def test_class_presence_reads_what_training_reads(tmp_path):
    for folder in ('images', 'annotations'):
        (tmp_path / folder).mkdir()
    masks = dict(a=[0, 1], b=[2, 255], c=[255, 255])
    for stem, mask in masks.items():
        for folder in ('images', 'annotations'):
            Image.fromarray(np.array([mask, mask], np.uint8)).save(tmp_path / folder / f'{stem}.png')
    assert splits.class_presence(build(tmp_path)).tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
    one_class = build(tmp_path, metainfo=dict(classes=('nucleus', )))
    assert splits.class_presence(one_class).tolist() == [[0], [1], [0]]
    shifted = DATASETS.build(
        dict(
            type='BaseSegDataset',
            data_root=str(tmp_path),
            img_suffix='.png',
            reduce_zero_label=True,
            metainfo=dict(classes=('one', 'two')),
            data_prefix=dict(img_path='images', seg_map_path='annotations'),
            pipeline=[dict(type='LoadAnnotations')]))
    assert splits.class_presence(shifted).tolist() == [[1, 0], [0, 1], [0, 0]]


def test_class_presence_needs_classes(tiny_dataset):
    dataset = DATASETS.build(dict(
        type='BaseSegDataset', data_root=str(tiny_dataset), img_suffix='.png', pipeline=[dict(type='LoadAnnotations')],
        data_prefix=dict(img_path='images', seg_map_path='annotations')))
    with pytest.raises(ValueError, match=r"BaseSegDataset of '\S+tiny/images', has no classes; set metainfo=dict\(cla"):
        splits.class_presence(dataset)


def test_class_presence_names_the_mask_of_a_wrong_label(tmp_path):
    for folder in ('images', 'annotations'):
        (tmp_path / folder).mkdir()
        Image.fromarray(np.full((2, 2), 3, np.uint8)).save(tmp_path / folder / 'a.png')
    with pytest.raises(ValueError, match=r'annotations.a\.png.*3'):
        splits.class_presence(build(tmp_path))


def test_stratified_serves_the_rarest_class_first():
    presence = np.column_stack([np.ones(10, bool), np.arange(10) == 7])
    for seed in range(5):
        assert splits.make_split('abcdefghij', '1/10', seed, presence, stratify=True)[0] == ['h']


def test_a_seed_gives_the_lists_that_were_published():
    assert splits.make_split('abcdefghij', '3/10', 0)[0] == ['c', 'e', 'i']
