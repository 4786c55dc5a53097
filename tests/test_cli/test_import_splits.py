# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Published split lists become this project's, and nothing in them is run."""
import os
import pickle

import numpy as np
import pytest

from entmin.command_line import main
from mmseg_entmin.datasets.splits import read_list

NAMES = [f'2007_{number:06d}' for number in range(16)]
ORDER = np.random.RandomState(0).permutation(16)


@pytest.fixture
def tool(tmp_path):
    """Runs the tool in a folder with ``pool.txt``; returns the labeled and the unlabeled stems."""
    (tmp_path / 'pool.txt').write_text('\n'.join(NAMES))

    def run(*options):
        main(['import-splits', *map(str, options), '--out', str(tmp_path / 'x')])
        return [read_list(tmp_path / f'x_{kind}.txt') for kind in ('labeled', 'unlabeled')]

    return run


def with_paths(names, pattern='JPEGImages/{0}.jpg SegmentationClass/{0}.png') -> str:
    """A list as CPS and others publish it: no newline at the end."""
    return '\n'.join(pattern.format(name) for name in names)


def test_lists_of_image_and_mask_without_a_last_newline(tool, tmp_path):
    (tmp_path / 'labeled.txt').write_text(with_paths(NAMES[:3]))
    (tmp_path / 'unlabeled.txt').write_text(with_paths(NAMES[3:]))
    assert tool(tmp_path / 'labeled.txt', tmp_path / 'unlabeled.txt') == [NAMES[:3], NAMES[3:]]
    # the pool without folders, and with those of the same list
    assert tool(tmp_path / 'labeled.txt', '--pool', tmp_path / 'pool.txt') == [NAMES[:3], NAMES[3:]]


@pytest.mark.parametrize('pattern', ['{0}.jpg', 'a b/{0}.JPG', '/x/{0}.jpg y/{0} mask.png', '{0}\t{0}', '{0}.jpg\t1 0'])
def test_names_with_blanks(tool, tmp_path, pattern):
    (tmp_path / 'labeled.txt').write_text(with_paths(['a 1', 'a 2'], pattern))
    (tmp_path / 'unlabeled.txt').write_text(with_paths(['b 1'], pattern))
    assert tool(tmp_path / 'labeled.txt', tmp_path / 'unlabeled.txt') == [['a 1', 'a 2'], ['b 1']]


def test_folders_below_the_common_one_stay(tool, tmp_path):
    lists = dict(a=['train/aachen/a_1.png', 'train/aachen/a_2.png'], b=['train/bochum/b_1.png', 'train/aachen/a_3.png'])
    for name, paths in lists.items():
        (tmp_path / name).write_text(with_paths(paths, 'leftImg8bit/{0}\tgtFine/{0}'))
    assert tool(tmp_path / 'a', tmp_path / 'b') == [['aachen/a_1', 'aachen/a_2'], ['aachen/a_3', 'bochum/b_1']]
    assert tool(tmp_path / 'a', tmp_path / 'b', '--strip', 'leftImg8bit', '--force')[0][0] == 'train/aachen/a_1'
    assert tool(tmp_path / 'a', tmp_path / 'b', '--strip', '.', '--force')[0][0] == 'leftImg8bit/train/aachen/a_1'


@pytest.mark.parametrize('protocol', range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize('value', [ORDER.tolist(), ORDER, list(ORDER), [NAMES[i] for i in ORDER],
                                   np.array(NAMES)[ORDER], np.array(NAMES, object)[ORDER],
                                   [NAMES[i].encode() for i in ORDER]],
                         ids=['indices', 'array', 'scalars', 'names', 'texts', 'objects', 'bytes'])
def test_pickled_orders(tool, tmp_path, value, protocol):
    (tmp_path / 'ids.pkl').write_bytes(pickle.dumps(value, protocol))
    expected = sorted(NAMES[i] for i in ORDER[:2])
    labeled, unlabeled = tool(tmp_path / 'ids.pkl', '--pool', tmp_path / 'pool.txt', '--share', '1/8')
    assert labeled == expected and unlabeled == sorted(set(NAMES) - set(expected))


def test_shares_are_rounded_down_on_request(tool, tmp_path):
    (tmp_path / 'ids.pkl').write_bytes(pickle.dumps(ORDER.tolist()))
    args = (tmp_path / 'ids.pkl', '--pool', tmp_path / 'pool.txt', '--share', '0.1', '--force')
    assert len(tool(*args)[0]) == 2 and len(tool(*args, '--round-down')[0]) == 1


class Call:
    """Unpickling it calls a function."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize('function, args, reason', [
    (os.mkdir, ('FOLDER', ), r'it calls \w+\.mkdir'),
    (eval, ('__import__("os").mkdir("FOLDER")', ), r'it calls (builtins|__builtin__)\.eval'),
    (np.load, ('FOLDER', None, True), r'it calls numpy\.load'),
    (np.ndarray, ((1, ), 'i8'), 'not callable'),  # its name is known, but it is never called
])
@pytest.mark.parametrize('protocol', [0, 2, 4])
def test_a_program_is_refused_by_name_and_not_run(tool, tmp_path, function, args, reason, protocol):
    folder = tmp_path / 'RAN'
    args = [arg.replace('FOLDER', str(folder)) if isinstance(arg, str) else arg for arg in args]
    (tmp_path / 'ids.pkl').write_bytes(pickle.dumps([Call(function, *args)], protocol))
    with pytest.raises(SystemExit, match=rf'ids\.pkl: no pickled list of names or indices: .*{reason}'):
        tool(tmp_path / 'ids.pkl', '--pool', tmp_path / 'pool.txt', '--count', '2')
    assert not folder.exists()


@pytest.mark.parametrize('value, message', [
    (dict(a=1), 'holds a dict'), ([1, 2.5], 'holds a float'), ([1, 99], 'index 99 is outside the pool of 16'),
    ([-1], 'index -1 is outside'), ([1, 1], 'names 2007_000001 more than once'), ([], 'the list is empty'),
    (['2008_1'], 'names 2008_1, which is not in the pool'), ([True], 'holds a bool'),
    (['a', ' '], 'holds an empty name'),
])
def test_what_is_no_split_of_the_pool(tool, tmp_path, value, message):
    (tmp_path / 'ids.pkl').write_bytes(pickle.dumps(value))
    with pytest.raises(SystemExit, match=message):
        tool(tmp_path / 'ids.pkl', '--pool', tmp_path / 'pool.txt')


def test_mistakes(tool, tmp_path):
    (tmp_path / 'a.txt').write_text(with_paths(NAMES[:3]))
    (tmp_path / 'ids.pkl').write_bytes(pickle.dumps(ORDER.tolist()))
    for options, message in (((tmp_path / 'a.txt', ), '--pool'),
                             ((tmp_path / 'a.txt', tmp_path / 'pool.txt'), '2007_000000 is in .*a.txt as well'),
                             ((tmp_path / 'pool.txt', '--pool', tmp_path / 'pool.txt'), 'none is left unlabeled'),
                             ((tmp_path / 'ids.pkl', '--pool', tmp_path / 'pool.txt', '--count', 16), 'leaves some'),
                             ((tmp_path / 'a.txt', '--pool', tmp_path / 'pool.txt', '--count', 2), 'orders 3 images'),
                             ((tmp_path / 'a.txt', tmp_path / 'ids.pkl'), 'holds indices'),
                             ((tmp_path / 'a.txt', tmp_path / 'pool.txt', '--share', '1/8'), '--share and --count'),
                             ((tmp_path / 'ids.pkl', tmp_path / 'a.txt', '--pool', tmp_path / 'pool.txt', '--count', 2),
                              'without an UNLABELED list; leave'),
                             ((tmp_path / 'absent.txt', '--pool', tmp_path / 'pool.txt'), 'no such list')):
        with pytest.raises(SystemExit, match=message):
            tool(*options)


def test_a_table_may_hold_both_lists(tool, tmp_path):
    (tmp_path / 'a.csv').write_text('image,split\nx/a 1.png,labeled\nx/b.png,unlabeled\n')
    assert tool(tmp_path / 'a.csv', tmp_path / 'a.csv') == [['a 1'], ['b']]
