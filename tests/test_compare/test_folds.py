# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import numpy as np
import pytest

from mmseg_entmin.compare.folds import deal

NAMES = [f'{k:02d}' for k in range(20)]


def presence(*counts):
    """The first images show the second class, the next ones the third, ...; all show the first."""
    shown = np.zeros((len(NAMES), len(counts) + 1), bool)
    shown[:, 0] = True
    for column, (start, stop) in enumerate(counts, 1):
        shown[start:stop, column] = True
    return shown


def test_every_image_is_held_out_once_and_classes_are_spread():
    shown = presence((0, 4), (4, 12))
    folds = deal(NAMES, shown, 4, seed=0)
    assert sorted(sum(folds, [])) == NAMES
    assert {len(fold) for fold in folds} == {5}
    rows = [shown[[NAMES.index(name) for name in fold]].sum(axis=0).tolist() for fold in folds]
    assert rows == [[5, 1, 2]] * 4


def test_the_seed_decides_and_the_order_of_the_names_does_not():
    shown = presence((0, 4))
    assert deal(NAMES, shown, 3, 1) == deal(NAMES[::-1], shown[::-1], 3, 1) != deal(NAMES, shown, 3, 2)


def test_groups_stay_together():
    groups = {name: f'patient{int(name) // 6}' for name in NAMES}  # 6, 6, 6 and 2 images
    folds = deal(NAMES, presence(), 3, 0, groups)
    assert sorted(sum(folds, [])) == NAMES
    assert all(len({k for k, fold in enumerate(folds) for name in fold if groups[name] == group}) == 1
               for group in set(groups.values()))
    assert sorted(map(len, folds)) == [6, 6, 8]


@pytest.mark.parametrize('seed', range(5))
def test_no_fold_is_empty(seed):
    shown = np.zeros((5, 2), bool)
    shown[:2, 1] = True
    assert all(deal(NAMES[:5], shown, 5, seed))


@pytest.mark.parametrize('folds', [1, 21])
def test_a_number_of_folds_that_does_not_fit(folds):
    with pytest.raises(ValueError, match='give 2 to 20'):
        deal(NAMES, presence(), folds, 0)


def test_a_single_mask():
    with pytest.raises(ValueError, match='at least 2 are needed'):
        deal(['a'], np.ones((1, 2), bool), 2, 0)
