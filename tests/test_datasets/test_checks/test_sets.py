# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What shows only when all images are seen together."""
import shutil

import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.datasets.checks import check_data
from tests.test_datasets.test_checks.test_look_through import config, semi, source


def gray(root, *numbers):
    for number in numbers:
        path = root / f'images/{number:03d}.png'
        Image.open(path).convert('L').save(path)


def test_a_gray_image_among_colored_ones(tiny_dataset):
    """All gray is nobody's mistake, and what cannot be read has no color to tell."""
    gray(tiny_dataset, 2, 3)
    problem, = check_data(config(semi(tiny_dataset))).problems
    assert problem.kind == 'grayscale' and problem.file.endswith(('002.png', '003.png'))
    assert problem.reason.startswith('has no color (as 2 of the 4 images of train_dataloader.dataset.labeled)')
    gray(tiny_dataset, 1)
    (tiny_dataset / 'images/004.png').write_bytes(b'no image')
    assert [problem.kind for problem in check_data(config(semi(tiny_dataset))).problems] == ['unreadable']


def paint(root, change):
    for path in (root / 'annotations').glob('*.png'):
        Image.fromarray(change(np.array(Image.open(path)))).save(path)


@pytest.mark.parametrize('change, advice', [
    (lambda mask: np.where(mask, 255, 0).astype(np.uint8), 'if the 255 in the masks means it, convert them'),
    (lambda mask: np.zeros_like(mask), 'label an image that shows it'),
    (lambda mask: np.where(mask == 2, 255, mask).astype(np.uint8), 'label an image that shows it')])
def test_classes_that_no_mask_shows(tiny_dataset, change, advice):
    """255 stands for the foreground in many masks, and for void in mmseg."""
    paint(tiny_dataset, change)
    problem, = check_data(config(semi(tiny_dataset))).problems
    assert (problem.kind, problem.severity) == ('class not labeled', 'warning')
    assert 'nucleus: in none of the 4 labeled masks, ' in problem.reason and problem.advice.startswith(advice)
    problem, = check_data(config(semi(tiny_dataset)), seconds=0).problems
    assert 'in none of the 1 of 4 labeled masks looked at' in problem.reason


def test_no_label_at_all_is_an_error_once_all_were_looked_at(tiny_dataset):
    paint(tiny_dataset, lambda mask: np.full_like(mask, 255))
    for seconds, severity in ((None, 'error'), (0, 'warning')):
        problem = check_data(config(semi(tiny_dataset)), seconds=seconds).problems[-1]
        assert (problem.kind, problem.severity) == ('all ignored', severity)
        assert problem.file == 'train_dataloader.dataset.labeled'


def test_classes_of_a_test_set_are_not_those_that_are_learned(tiny_dataset):
    """All four labeled masks lose a class that the test masks keep."""
    for number in range(1, 5):
        path = tiny_dataset / f'annotations/{number:03d}.png'
        Image.fromarray(np.minimum(np.array(Image.open(path)), 1)).save(path)
    problem, = check_data(config(semi(tiny_dataset), source(tiny_dataset, 'test'))).problems
    assert problem.reason.startswith('nucleus: ')


def test_one_picture_twice_in_a_set(tiny_dataset):
    for number in (6, 7, 8, 9):
        shutil.copy(tiny_dataset / 'images/005.png', tiny_dataset / f'images/{number:03d}.png')
    problem, = check_data(config(semi(tiny_dataset))).problems
    assert (problem.kind, problem.advice) == ('duplicate', 'take one of them out of its list')
    assert problem.file.endswith('005.png') and problem.reason.count('(unlabeled)') == 3


@pytest.mark.parametrize('second, severity, text', [
    ([(0, 0, 0), (9, 9, 9), (1, 1, 1)], 'error', 'index 1 is color (9, 9, 9) here, but (1, 1, 1) in '),
    ([(0, 0, 0), (7, 7, 7), (9, 9, 9)], 'warning', 'index 1 is color (7, 7, 7) here, but (1, 1, 1) in '),
    ([(0, 0, 0), (1, 1, 1), (9, 9, 9)], None, '')])
def test_masks_whose_palettes_differ(tiny_dataset, second, severity, text):
    for name, palette in (('001', [(0, 0, 0), (1, 1, 1), (9, 9, 9)]), ('002', second)):
        path = tiny_dataset / f'annotations/{name}.png'
        image = Image.open(path)
        image.putpalette(np.array(palette, np.uint8).tobytes())
        image.save(path)
    found = [problem for problem in check_data(config(source(tiny_dataset, '1-3_labeled'))).problems
             if problem.kind == 'palettes']
    assert [problem.severity for problem in found] == ([severity] if severity else [])
    assert not found or text in found[0].reason
    assert severity != 'error' or ') is index 1 and 2' in found[0].reason


def test_a_resized_copy_of_a_test_image_is_named(tiny_dataset):
    cfg = config(semi(tiny_dataset), test=source(tiny_dataset, 'test'))
    assert check_data(cfg).problems == []
    test, other = (tiny_dataset / 'images' / f"{(tiny_dataset / f'splits/{name}.txt').read_text().split()[0]}.png"
                   for name in ('test', '1-3_unlabeled'))
    image = Image.open(test)
    image.resize((4 * image.width, 4 * image.height), Image.Resampling.NEAREST).save(other)
    problem, = check_data(cfg).problems
    assert (problem.kind, problem.severity, problem.file) == ('near duplicate', 'warning', str(test))
    assert 'nearly the same picture as' in problem.reason and f'{other} (unlabeled)' in problem.reason
