# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Several masks of one image become one map of labels, and masks that may mean the opposite get notes."""
import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.project.code_tables import Meaning
from mmseg_entmin.project.layers import find_layers
from mmseg_entmin.project.mask_files import Coding, border
from mmseg_entmin.project.masks import odd_masks, read_masks
from mmseg_entmin.project.name_patterns import patterns

CELL = np.array([[0, 1, 1], [0, 1, 1]], bool)
NUCLEUS = np.array([[0, 0, 1], [0, 0, 0]], bool)
ENDS = ['_mask.png', '_mask_1.png']


@pytest.fixture
def folder(tmp_path):
    """Two images with a mask of cells; the first has one of nuclei as well."""
    for name, shown in (('a_mask', CELL), ('a_mask_1', NUCLEUS), ('b_mask', NUCLEUS)):
        Image.fromarray(255 * shown.astype(np.uint8)).save(tmp_path / f'{name}.png')
    return tmp_path


def read(folder, classes, ends=ENDS, **options):
    return read_masks(find_layers(folder, patterns([], ends)), Meaning(classes, **options))


def test_of_two_classes_the_second_is_the_union(folder):
    masks = read(folder, ['background', 'cell'])
    assert (masks.labels('a') == CELL).all() and (masks.labels('b') == NUCLEUS).all()
    assert masks.how == ('cell is the union of _mask.png, _mask_1.png; 1 image has no _mask_1.png; 1 of 5 object '
                         'pixels are in several masks, the last one counts')


def test_of_more_classes_each_mask_is_one(folder):
    masks = read(folder, ['background', 'cell', 'nucleus'])
    assert (masks.labels('a') == CELL + NUCLEUS.astype(int)).all() and (masks.labels('b') == NUCLEUS).all()
    assert masks.names == ['a', 'b'] and masks.how.startswith('_mask.png is cell, _mask_1.png is nucleus; ')
    assert (read(folder, ['background', 'nucleus', 'cell'], ENDS[::-1]).labels('a') == 2 * CELL).all()


@pytest.mark.parametrize('classes, options, message', [
    ('abcd', {}, r'2 kinds of names \({}_mask.png, {}_mask_1.png\) for 4 --classes: give 2 classes for the union of '
     'the masks, or 3'), ('ab', dict(values=[0, 1]), 'leave --colors and --values out')])
def test_classes_that_do_not_fit_the_masks(folder, classes, options, message):
    with pytest.raises(ValueError, match=message):
        read(folder, list(classes), **options)


@pytest.mark.parametrize('values, message', [((0, 1, 2), r"b_mask.png' holds 3 values, .*has to hold 0 and one other"),
                                             ((1, 2, 2), "b_mask.png' holds 2 values")])
def test_each_mask_shows_one_class(folder, values, message):
    Image.fromarray(np.array([values] * 2, np.uint8)).save(folder / 'b_mask.png')
    with pytest.raises(ValueError, match=message):
        read(folder, ['a', 'b'])


def test_masks_that_show_nothing(folder):
    for path in folder.iterdir():
        Image.fromarray(np.zeros((2, 3), np.uint8)).save(path)
    with pytest.raises(ValueError, match='none of the masks shows an object'):
        read(folder, ['a', 'b'])


def test_transparent_pixels_are_in_the_note(tmp_path):
    Image.fromarray(np.dstack([np.full((2, 3), 255), 255 * CELL]).astype(np.uint8)).save(tmp_path / 'a.png')
    masks = read(tmp_path, ['background', 'cell'], [])
    assert (masks.labels('a') == CELL).all()
    assert masks.how.endswith('; transparent pixels (33.3%) are background')


MASK = np.zeros((10, 10), int)
MASK[3:7, 3:7] = 1


def notes(masks, classes=('background', 'cell'), inferred=True, **codes):
    pixels = np.stack([np.bincount(mask.ravel(), minlength=256) for mask in masks])
    names = [f'im{index}' for index in range(len(masks))]
    return odd_masks(classes, names, pixels, [(border(mask) == 0).mean() for mask in masks], inferred, **codes)


def test_usual_masks_need_no_note():
    assert notes([MASK] * 4) == notes([MASK, np.zeros_like(MASK)]) == notes([np.ones_like(MASK)] * 3) == []


@pytest.mark.parametrize('count', [3, 8])
def test_one_mask_that_is_the_complement_of_the_others(count):
    note, = notes([1 - MASK, *[MASK] * (count - 1)])
    assert f'1 of {count} masks may be inverted: background is at the border of the others, not of im0' in note


def test_black_objects_on_white():
    note, = notes([1 - MASK] * 3)
    assert note.startswith('background covers 16.0%')
    assert note.endswith('if the objects are black on white, invert the masks')
    for white, table in (255, {255: 1, 0: 0}), (1, {0: 0, 1: 1, 255: 255}):
        note, = notes([1 - MASK] * 3, table=table)
        assert note.endswith(f'give --values {white} 0'), 'the values that the masks hold'
    assert '--values' not in notes([1 - MASK] * 3, table={0: 0, 1: 1}, coding=Coding(threshold=128))[0]
    assert notes([1 - MASK] * 3, inferred=False) == []


def test_a_first_class_that_is_the_smallest():
    mask = np.repeat([0, 1, 1, 1, 2, 2, 2, 2, 2, 2], 10).reshape(10, 10)
    note, = notes([mask] * 3, ('background', 'cell', 'nucleus'))
    assert 'background covers 10.0%' in note and 'if the values are not in the order of --classes' in note


def test_the_ignored_class_of_labelme_is_no_class(folder):
    masks = read(folder, ['__ignore__', '_background_', 'cell'])
    assert masks.classes == ['_background_', 'cell'] and (masks.labels('a') == CELL).all()
