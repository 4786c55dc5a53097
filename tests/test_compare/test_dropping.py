# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
from mmseg_entmin.compare.dropping import losers, paired


def rows(plan, cells, **values):
    return [dict(method=method, seed=cell.seed, fold=cell.fold, share='1', state='done', mIoU=60 + gains[place])
            for method, gains in values.items() for place, cell in enumerate(plan.cells[:cells])]


def test_who_clearly_loses(plan):
    found = rows(plan, 3, double=[0, 0, 0], entmin=[-9, -9.2, -9.1], control=[-9, 0.1, -9], supervised=[-9, -9, -9.1])
    assert losers(plan, plan.cells[:3], found, []) == ['entmin']
    assert losers(plan, plan.cells[:3], found, ['entmin']) == []
    assert losers(plan, plan.cells[:2], found, []) == [], 'two cells are too few'


def test_later_results_do_not_count(plan):
    found = rows(plan, 6, double=[0] * 6, entmin=[-9, -9.2, -9.1, 9, 9, 9])
    assert losers(plan, plan.cells[:3], found, []) == ['entmin']
    assert losers(plan, plan.cells, found, []) == []


def test_pairs_are_those_of_both():
    assert paired({(0, 1): 5., (0, 0): 3.}, {(0, 0): 1., (1, 0): 7.}) == [2.]
