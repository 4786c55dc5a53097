# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which files a dataset takes."""
import os
import shutil
from pathlib import Path

import pytest
from mmengine.registry import DefaultScope

from mmseg_entmin.datasets.checks import check_data
from mmseg_entmin.registry import DATASETS
from tests.test_datasets.test_checks.test_look_through import LABELED, UNLABELED, config, semi, source


@pytest.fixture
def problems(tiny_dataset):
    """What is said of a set that takes every image of a folder."""

    def look(**options):
        part = dict(source(tiny_dataset, 'train', UNLABELED), **options)
        return [problem for problem in check_data(config(part), seconds=0).problems if problem.kind == 'left out']

    return look


def test_images_of_other_suffixes_are_left_out_and_said(problems, tiny_dataset):
    images = tiny_dataset / 'images'
    for number, suffix in ((1, '.jpg'), (2, '.PNG'), (3, '.jpg')):
        shutil.move(images / f'00{number}.png', images / f'00{number}{suffix}')
    found, = problems(ann_file='')
    assert found.file == str(images) and found.severity == 'warning' and "img_suffix, now '.png'" in found.advice
    assert found.reason.startswith('3 of 16 images end in .PNG, .jpg and are left out')
    (images / 'notes.txt').touch()
    assert problems(ann_file='') == [found] and problems() == []


def test_what_lies_beside_an_image_by_its_name_is_its_mask(problems, tiny_dataset):
    shutil.copy(tiny_dataset / 'images/001.png', tiny_dataset / 'images/001.tif')
    assert problems(ann_file='') == []
    (tiny_dataset / 'images/001.tif').rename(tiny_dataset / 'images/001_mask.tif')
    found, = problems(ann_file='')
    assert found.reason.startswith('1 of 17 images end in .tif')
    assert problems(ann_file='', seg_map_suffix='_mask.tif') == []


def test_a_folder_in_place_of_a_list_is_taken_whole(problems, tiny_dataset):
    shutil.copy(tiny_dataset / 'images/001.png', tiny_dataset / 'images/900.jpg')
    assert len(problems(ann_file='images')) == 1


@pytest.mark.parametrize('name', ['link', 'relative'])
def test_one_image_by_two_names_is_in_two_sets(tiny_dataset, monkeypatch, name):
    cfg = semi(tiny_dataset)
    if name == 'link':
        (tiny_dataset / 'images/900.png').symlink_to(tiny_dataset / 'images/002.png')
        (tiny_dataset / 'splits/1-3_unlabeled.txt').write_text('900\n')
    else:
        monkeypatch.chdir(tiny_dataset)
        cfg['unlabeled']['data_root'] = os.curdir
        (tiny_dataset / 'splits/1-3_unlabeled.txt').write_text('002\n')
    with DefaultScope.overwrite_default_scope('mmseg'), pytest.raises(ValueError, match=r'images/002\.png: .* both'):
        DATASETS.build(cfg)
    cfg = config(semi(tiny_dataset)['labeled'], cfg['unlabeled'])  # the same as the test set
    assert [(p.severity, Path(p.file).name) for p in check_data(cfg).problems if p.kind == 'in two sets'] == [
        ('warning', '002.png')]


def test_blank_lines_are_images_to_mmseg(tiny_dataset):
    (tiny_dataset / 'splits/train.txt').write_text('001\n\n002\n')
    found, = [p for p in check_data(config(source(tiny_dataset, 'train', UNLABELED))).problems if p.kind == 'missing']
    assert found.file.endswith('images/.png') and 'take the blank lines out of the list' in found.advice
    (tiny_dataset / 'images/002.png').unlink()
    found = check_data(config(source(tiny_dataset, 'train', UNLABELED))).errors[1]
    assert '(2 of 3 are missing)' in found.reason and found.advice.startswith('look at data_root')


def test_a_pipeline_that_loads_nothing(tiny_dataset):
    cfg = semi(tiny_dataset)
    cfg['unlabeled']['pipeline'] = []
    problem, = check_data(config(cfg)).problems
    assert (problem.kind, problem.severity) == ('pipeline', 'error') and 'LoadImageFromFile' in problem.advice
    assert problem.file == 'train_dataloader.dataset.unlabeled.pipeline'
    with DefaultScope.overwrite_default_scope('mmseg'), pytest.raises(ValueError, match='pipeline: loads none'):
        DATASETS.build(cfg)


def test_an_unlabeled_pipeline_with_masks_is_one_error(tiny_dataset):
    cfg = semi(tiny_dataset)
    cfg['unlabeled']['pipeline'] = LABELED
    report = check_data(config(cfg))
    assert [problem.reason for problem in report.problems] == ['the unlabeled dataset has LoadAnnotations']
    assert [part['looked_at'] for part in report.sources] == [4, 8]
