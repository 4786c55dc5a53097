# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Groups of images stay whole in every split."""
import numpy as np
import pytest

from mmseg_entmin.datasets.groups import draw_parts, groups_in_both, read_groups

NAMES = ['p1/a_1', 'p1/a_2', 'p2/b_1', 'p2/c_1']


@pytest.mark.parametrize('text, groups', [
    ('{}/*', ['p1', 'p1', 'p2', 'p2']), ('*/{}_*', ['a', 'a', 'b', 'c']), (r'/(\w)_', ['a', 'a', 'b', 'c']),
    (r'^p\d', ['p1', 'p1', 'p2', 'p2']), ('p1/{}_*', ['a', 'a']), (r'(x)|p\d', ['p1', 'p1', 'p2', 'p2'])])
def test_patterns_and_expressions(text, groups):
    assert read_groups(text, NAMES) == dict(zip(NAMES, groups))


@pytest.mark.parametrize('lines', [
    'p1/a_1,x\np1/a_2,x\np2/b_1,y\n',
    'name;group\np1/a_1.png;x\na_2.jpg;x\nb_1;y\nelsewhere;z\n',
    'Patient\tage\tfile\nx\t7\ta_1\nx\t7\ta_2\ny\t9\tp2/b_1.tif\n', '\ufeffimage,slide\na_1,x\n"a_2",x\n\nb_1,y\n'])
def test_tables(tmp_path, lines):
    (tmp_path / 'groups.csv').write_text(lines, encoding='utf-8')
    assert read_groups(str(tmp_path / 'groups.csv'), NAMES) == {'p1/a_1': 'x', 'p1/a_2': 'x', 'p2/b_1': 'y'}


@pytest.mark.parametrize('lines, message', [
    ('a_1,x,7\n', 'lines of two cells'), ('a_1,x\na_1,y\n', 'p1/a_1 is in x and in y'),
    ('q,x\n', 'names none of the 4'),
    ('name,group,age\na_1\n', "line 'a_1' has no group")])
def test_tables_that_say_nothing(tmp_path, lines, message):
    (tmp_path / 'groups.csv').write_text(lines)
    with pytest.raises(ValueError, match=message):
        read_groups(str(tmp_path / 'groups.csv'), NAMES)


def test_what_is_no_description_of_groups():
    with pytest.raises(FileNotFoundError, match="--groups 'gone.csv' does not exist"):
        read_groups('gone.csv', NAMES)
    with pytest.raises(ValueError, match=r"--groups '\(' is neither a file nor a pattern"):
        read_groups('(', NAMES)


@pytest.mark.parametrize('seed', range(5))
def test_parts_share_no_group_and_follow_sizes_and_classes(seed):
    generator = np.random.RandomState(seed)
    groups = np.repeat([f'p{index}' for index in range(24)], generator.randint(1, 9, 24))
    presence = np.column_stack([np.ones(len(groups), bool), generator.rand(len(groups)) < .3,
                                np.isin(groups, ['p3', 'p4', 'p5', 'p6'])])
    for shares in ((.75, .25), (.2, ) * 5):
        parts = draw_parts(groups, shares, seed, presence)
        assert all(len(set(parts[groups == group])) == 1 for group in groups)
        for part, share in enumerate(shares):
            inside = parts == part
            assert abs(inside.mean() - share) < .06
            assert abs(presence[inside, 1].sum() - share * presence[:, 1].sum()) < 5
    parts = draw_parts(groups, (.5, .5), seed, presence)
    assert min(len(set(groups[(parts == part) & presence[:, 2]])) for part in (0, 1)) >= 1


def test_draws_depend_on_the_seed_alone():
    groups = [f'p{index // 3}' for index in range(60)]
    draws = {tuple(draw_parts(groups, (.75, .25), seed)) for seed in (0, 0, 1, 2)}
    assert len(draws) == 3


def test_every_part_has_a_group():
    groups = ['large'] * 50 + ['small']
    assert sorted(np.bincount(draw_parts(groups, (.99, .01)))) == [1, 50]
    with pytest.raises(ValueError, match=r'1 groups \(a\) for 2 parts'):
        draw_parts(['a'] * 4, (.5, .5))


def test_groups_on_both_sides():
    groups = dict(a='x', b='x', c='y')
    assert groups_in_both(groups, ['a', 'c'], ['b', 'd']) == ['x'] and groups_in_both(groups, ['a'], ['c']) == []
