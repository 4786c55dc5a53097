# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Notes on masks that may mean the opposite."""
import numpy as np
import pytest

from mmseg_entmin.project.odd_masks import border_share, odd_masks

MASK = np.zeros((10, 10), int)
MASK[3:7, 3:7] = 1


def notes(masks, classes=('background', 'cell'), inferred=True):
    pixels = np.stack([np.bincount(mask.ravel(), minlength=256) for mask in masks])
    names = [f'im{index}' for index in range(len(masks))]
    return odd_masks(classes, names, pixels, list(map(border_share, masks)), inferred)


def test_usual_masks_need_no_note():
    assert notes([MASK] * 4) == notes([MASK, np.zeros_like(MASK)]) == notes([np.ones_like(MASK)] * 3) == []


@pytest.mark.parametrize('count', [3, 8])
def test_one_mask_that_is_the_complement_of_the_others(count):
    note, = notes([1 - MASK, *[MASK] * (count - 1)])
    assert f'1 of {count} masks may be inverted: background is at the border of the others, not of im0' in note


def test_black_objects_on_white():
    note, = notes([1 - MASK] * 3)
    assert note.startswith('background covers 16.0%') and '--values 255 0' in note
    assert notes([1 - MASK] * 3, inferred=False) == []


def test_a_first_class_that_is_the_smallest():
    mask = np.repeat([0, 1, 1, 1, 2, 2, 2, 2, 2, 2], 10).reshape(10, 10)
    note, = notes([mask] * 3, ('background', 'cell', 'nucleus'))
    assert 'background covers 10.0%' in note and 'if the values are not in the order of --classes' in note
