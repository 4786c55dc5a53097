# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which files a dataset takes."""
import shutil

import pytest

from mmseg_entmin.datasets.checks import check_data
from tests.test_datasets.test_checks.test_run import UNLABELED, config, source


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
