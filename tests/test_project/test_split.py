# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Every image of a project is in one list."""
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mmseg_entmin.project.split import split, split_all
from mmseg_entmin.project.unlabeled import Unlabeled

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


def test_a_share_of_the_masks_is_used():
    def draw_all(images=IMAGES, share=Fraction(1, 3), **options):
        return split_all(MASKED, images, [], PRESENCE, None, False, share, val_share=Fraction(1, 4),
                         **{'seed': 0, 'stratify': True, **options})

    lists, _, notes = draw_all()
    assert [len(part) for part in lists] == [3, 3, 34] and lists.val == draw().val
    assert sorted(sum(lists, [])) == IMAGES and set(lists.labeled) < set(draw().labeled)
    assert notes == ['masks of 6 images are not used, these count as unlabeled (--labeled-share)']
    assert all('05' in draw_all(seed=seed)[0].labeled + draw_all(seed=seed)[0].val for seed in range(8))
    assert len(draw_all(MASKED)[0].unlabeled) == 6  # all images have a mask
    with pytest.raises(ValueError, match='leaves none unlabeled; give a smaller share'):
        draw_all(MASKED, Fraction(99, 100))


def test_versions_of_one_image_in_two_parts_are_named():
    names = [f'{number:02d}_jpg.rf.{version}' for number in range(4) for version in ('0a1', '2b3', '4c5')]
    presence = np.ones((9, 1), bool)
    _, _, notes = split_all(names[:9], names, [], presence, None, False, val_share=Fraction(1, 9), seed=0)
    assert len(notes) == 1 and notes[0].startswith('2 versions of validation images would be trained on, like 0')
    *_, notes = split_all(names[:9], names, [], presence, '{}.rf.*', False, val_share=Fraction(1, 3), seed=0)
    assert len(notes) == 1 and 'versions' not in notes[0] and '1 other validates' in notes[0]


def test_one_mask_is_too_few():
    with pytest.raises(ValueError, match='1 mask: at least 2 are needed'):
        split(MASKED[:1], IMAGES, PRESENCE[:1], Fraction(1, 4), 0)


GROUPS = {name: f'g{index // 3}' for index, name in enumerate(IMAGES)}


@pytest.mark.parametrize('stratify', [True, False])
def test_no_group_is_on_both_sides(stratify):
    for seed in range(4):
        lists = draw(groups=GROUPS, seed=seed, stratify=stratify)
        assert {GROUPS[name] for name in lists.labeled}.isdisjoint(GROUPS[name] for name in lists.val)
        assert len(lists.val) == 3 and sorted(lists.labeled + lists.val) == MASKED
    assert all('05' in draw(groups=GROUPS, seed=seed).labeled for seed in range(4))


def test_a_list_may_not_divide_a_group(tmp_path):
    path = tmp_path / 'val.txt'
    path.write_text('00\n03\n')
    with pytest.raises(ValueError, match='2 groups, like g0, have images in it and others that are trained on'):
        draw(val_list=path, groups=GROUPS)
    path.write_text('00\n01\n02\n')
    assert draw(val_list=path, groups=GROUPS).val == ['00', '01', '02']


def all_parts(groups, **options):
    folder = Path('more')
    more = [Unlabeled(folder, '.png', {name: folder / f'{name}.png' for name in ('00_b', 'x')})]
    return split_all(MASKED, IMAGES, more, PRESENCE, groups, options.pop('too', False), val_share=Fraction(1, 4),
                     seed=0, **options)


def test_unlabeled_images_of_validation_groups_in_all_folders():
    lists, more, (note, ) = all_parts(r'^\d')  # the first number: masks are of groups 0 and 1
    held = {name[0] for name in lists.val}
    assert len(held) == 1 and not any(name[0] in held for name in lists.unlabeled)
    assert list(more[0].images) == (['x'] if held == {'0'} else ['00_b', 'x'])
    assert '1 group is trained on, 1 other validates' in note and 'left out; --val-groups-too' in note
    assert '1 unlabeled image without a group' in note
    lists, more, (note, ) = all_parts(r'^\d', too=True)
    assert len(lists.unlabeled) == 28 and len(more[0].images) == 2 and 'those of known groups' in note
    with pytest.raises(ValueError, match="--groups '1.': 10 of 12 images with masks have no group, like 00"):
        all_parts('1.')


def test_an_unlabeled_image_is_needed():
    with pytest.raises(ValueError, match='no unlabeled image is left; give folders of others as --unlabeled DIR'):
        split_all(MASKED, MASKED, [], PRESENCE, None, False, val_share=Fraction(1, 4), seed=0)
