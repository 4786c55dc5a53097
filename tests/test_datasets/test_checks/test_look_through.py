# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The look through the data of a config: what it covers, in which order, within which time."""
import json

import cv2
import numpy as np
import pytest
from mmengine.config import Config

import mmseg_entmin  # noqa: F401
from mmseg_entmin.datasets.checks import check_data, problem_lines
from mmseg_entmin.datasets.checks.look_through import evenly, in_turns
from mmseg_entmin.datasets.checks.source import find_sources

LABELED = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')]
UNLABELED = [dict(type='LoadImageFromFile'), dict(type='PackSegInputs')]


def source(root, ann_file, pipeline=LABELED, **options):
    return dict(type='BloodCellsDataset', data_root=str(root), ann_file=f'splits/{ann_file}.txt', pipeline=pipeline,
                data_prefix=dict(img_path='images', seg_map_path='annotations'), **options)


def semi(root) -> dict:
    return dict(type='SemiDataset', labeled=source(root, '1-3_labeled'),
                unlabeled=source(root, '1-3_unlabeled', UNLABELED))


def config(train, test=None) -> Config:
    loaders = dict(train_dataloader=dict(dataset=train))
    return Config(loaders if test is None else dict(loaders, val_dataloader=dict(dataset=test),
                                                    test_dataloader=dict(dataset=test)))


def test_a_good_set_has_no_problem_and_is_looked_at_whole(tiny_dataset):
    report = check_data(config(semi(tiny_dataset), source(tiny_dataset, 'test')))
    assert report.problems == []
    assert [(s['key'], s['role'], s['images'], s['looked_at']) for s in report.sources] == [
        ('train_dataloader.dataset.labeled', 'labeled', 4, 4),
        ('train_dataloader.dataset.unlabeled', 'unlabeled', 8, 8),
        ('val_dataloader.dataset', 'test', 4, 4)]  # the test loader's dataset is the same and taken once
    assert report.summary().startswith('no errors, no warnings: 16 of 16 images looked at in')
    assert [line.split('  ')[-1] for line in report.coverage_lines()][0] == '4 of 4 images looked at'
    json.dumps(report.to_dict())


def test_an_image_in_both_lists_is_an_error_unless_the_config_asks_for_it(tiny_dataset):
    path = tiny_dataset / 'splits/1-3_unlabeled.txt'
    path.write_text(path.read_text() + '002\n')
    found = check_data(config(semi(tiny_dataset))).errors
    assert [(problem.kind, problem.file) for problem in found] == [
        ('in two sets', str(tiny_dataset / 'images/002.png'))]
    assert check_data(config(dict(semi(tiny_dataset), labeled_too=True))).problems == []


@pytest.mark.parametrize('wrap', [
    lambda plain: plain,
    lambda plain: dict(type='RepeatDataset', times=3, dataset=plain),
    lambda plain: dict(type='ConcatDataset', datasets=[plain, dict(plain, ann_file='splits/val.txt')]),
])
def test_supervised_datasets_in_any_wrapper(tiny_dataset, wrap):
    (tiny_dataset / 'images/002.png').write_bytes(b'x')
    report = check_data(config(wrap(source(tiny_dataset, 'train'))))
    assert [problem.file for problem in report.errors] == [str(tiny_dataset / 'images/002.png')]
    assert sum(s['looked_at'] for s in report.sources) == sum(s['images'] for s in report.sources) in (12, 16)


def test_no_time_still_looks_at_one_image_of_each_source_and_at_all_files(tiny_dataset):
    (tiny_dataset / 'images/011.png').unlink()
    report = check_data(config(semi(tiny_dataset), source(tiny_dataset, 'test')), seconds=0)
    assert [s['looked_at'] for s in report.sources] == [1, 1, 1]
    assert [problem.kind for problem in report.errors] == ['missing']


def test_every_beginning_of_the_order_is_spread_evenly():
    for count in (1, 2, 5, 64, 100):
        assert sorted(evenly(count)) == list(range(count))
    assert np.diff(sorted(evenly(64)[:8])).tolist() == [8] * 7
    assert np.diff(sorted(evenly(1000)[:50])).max() <= 64


def test_one_picture_in_two_files_is_found_across_sets(tiny_dataset):
    """Bytes differ, pixels do not."""
    image = cv2.imread(str(tiny_dataset / 'images/002.png'))
    cv2.imwrite(str(tiny_dataset / 'images/014.png'), image, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    cfg = config(semi(tiny_dataset), source(tiny_dataset, 'test'))
    problem, = check_data(cfg).problems
    assert problem.kind == 'duplicate' and problem.severity == 'warning' and problem.file.endswith('002.png')
    assert '014.png (test)' in problem.reason and 'training and test share it' in problem.advice


def test_files_of_equal_size_come_first(tiny_dataset):
    for number, path in enumerate(sorted((tiny_dataset / 'images').glob('*.png'))):
        path.write_bytes(path.read_bytes() + bytes(1000 * number))  # a decoder stops at the end of the picture
    (tiny_dataset / 'images/012.png').write_bytes((tiny_dataset / 'images/003.png').read_bytes())
    sources, _ = find_sources(config(semi(tiny_dataset)))
    first = [source.info(index)['img_path'][-7:] for source, index in in_turns(sources)][:2]
    assert first == ['003.png', '012.png']


def test_the_known_pair_of_wbc_is_found_in_seconds(shared_data):
    cfg = config(source(shared_data / 'wbc1', '1-10_labeled'), source(shared_data / 'wbc1', 'test'))
    cfg.train_dataloader.dataset = dict(
        type='SemiDataset', labeled=source(shared_data / 'wbc1', '1-10_labeled'),
        unlabeled=source(shared_data / 'wbc1', '1-10_unlabeled', UNLABELED))
    problem, = check_data(cfg, seconds=3).problems
    assert problem.kind == 'duplicate' and problem.file.endswith('112.png') and '139.png (test)' in problem.reason


def test_long_lists_of_one_kind_are_cut(tiny_dataset):
    for number in range(1, 13):
        (tiny_dataset / f'images/{number:03d}.png').unlink()
    report = check_data(config(source(tiny_dataset, 'train')))
    lines = list(problem_lines(report.problems, limit=3))
    assert len(lines) == 4 and lines[-1] == 'error: [missing] and 9 more'
    assert len(list(problem_lines(report.problems, limit=0))) == 12


def test_a_dataset_that_cannot_be_built_is_named_by_its_key(tiny_dataset):
    report = check_data(config(dict(type='ConcatDataset', datasets=[source(tiny_dataset, 'train', nonsense=1)])))
    assert report.errors[0].file == 'train_dataloader.dataset.datasets[0]' and 'nonsense' in report.errors[0].reason
