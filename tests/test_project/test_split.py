# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which masks train and which judge."""
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mmseg_entmin.project.split import split

IMAGES = [f'{i:02d}' for i in range(40)]
MASKED = IMAGES[:12]
PRESENCE = np.column_stack([np.ones(12, bool), np.arange(12) == 5])


def draw(share='1/4', **options):
    return split(MASKED, IMAGES, PRESENCE, Fraction(share), **{'seed': 0, **options})


def test_every_image_is_in_one_list():
    lists = draw()
    assert [len(part) for part in lists] == [9, 3, 28] and lists.unlabeled == IMAGES[12:]
    assert sorted(lists.labeled + lists.val) == MASKED
    assert draw() == lists != draw(seed=1)


def test_a_rare_class_is_trained_on():
    assert all('05' in draw('1/2', seed=seed).labeled for seed in range(8))
    assert not all('05' in draw('1/2', seed=seed, stratify=False).labeled for seed in range(8))


@pytest.mark.parametrize('share, val', [('1/100', 1), ('99/100', 11)])
def test_neither_part_is_empty(share, val):
    assert len(draw(share).val) == val


def test_a_list_may_say_who_judges(tmp_path):
    path = tmp_path / 'val.txt'
    path.write_text('03\n01\n')
    assert draw(val_list=path).val == ['01', '03'] and len(draw(val_list=path).labeled) == 10
    path.write_text('03\n20\n')
    with pytest.raises(ValueError, match='names 20, which has no mask'):
        draw(val_list=path)
    path.write_text('03.png\n')
    with pytest.raises(ValueError, match='names 03.png.*go without suffix'):
        draw(val_list=path)
    path.write_text('/\n')
    with pytest.raises(ValueError, match=r'names /, which has no mask \(1 of 1 names have none\)$'):
        draw(val_list=path)
    with pytest.raises(FileNotFoundError, match="--val-list 'gone.txt' does not exist"):
        draw(val_list=Path('gone.txt'))
    path.write_text('\n'.join(MASKED))
    with pytest.raises(ValueError, match='none is left to train on'):
        draw(val_list=path)


def test_one_mask_is_too_few():
    with pytest.raises(ValueError, match='1 mask: at least 2 are needed'):
        split(MASKED[:1], IMAGES, PRESENCE[:1], Fraction(1, 4), 0)
