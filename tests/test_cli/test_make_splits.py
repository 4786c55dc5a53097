# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of entmin make-splits, on configs as a user would name them."""
import re
import runpy
import sys

import numpy as np
import pytest
from PIL import Image

from entmin.command_line import main as entmin
from mmseg_entmin.datasets.splits import make_split, read_list

SOURCE = '''dict(
    type='BaseSegDataset', data_root=data_root, ann_file='{ann_file}', img_suffix='.png', seg_map_suffix='.png',
    metainfo=dict(classes=('ground', 'common', 'rare')),
    data_prefix=dict(img_path='images', seg_map_path='annotations'),
    pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')])'''
RARE = 3


@pytest.fixture(scope='module')
def main():
    return lambda argv: entmin(['make-splits', *argv])


@pytest.fixture(scope='module')
def pool(tmp_path_factory):
    """40 images in two sub-folders; all have ground, half of them the common class, and three the rare one."""
    root = tmp_path_factory.mktemp('pool')
    rng = np.random.default_rng(0)
    rare = rng.choice(40, RARE, replace=False)
    for i in range(40):
        mask = np.zeros((4, 4), np.uint8)
        mask[0] = i % 2
        mask[1] = 255 if i % 3 else 0
        mask[2, 0] = 2 if i in rare else 0
        for folder in ('images', 'annotations'):
            path = root / folder / 'ab'[i % 2] / f'{i:02d}.png'
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(mask).save(path)
    return root


@pytest.fixture
def config(tmp_path):

    def write(dataset=SOURCE.format(ann_file='')):
        path = tmp_path / 'config.py'
        path.write_text(f"default_scope = 'mmseg'\ndata_root = 'data/absent'\nsource = {SOURCE.format(ann_file='')}\n"
                        f'train_dataloader = dict(dataset={dataset})\n')
        return str(path)

    return write


def rare_images(pool, stems):
    return sum(2 in np.array(Image.open(pool / 'annotations' / f'{stem}.png')) for stem in stems)


def test_writes_nested_lists_and_prints_the_coverage(main, pool, config, tmp_path, capsys):
    out = tmp_path / 'lists'
    options = [config(), '--data-root', str(pool), '--out', str(out), '--shares', '1/8', '0.5', '--folds', '2']
    main([*options, '--allow-missing'])
    names = [f'{share}{fold}_{part}.txt' for share in ('1-8', '1-2') for fold in ('', '_fold1')
             for part in ('labeled', 'unlabeled')]  # yapf: disable
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    stems = sorted(f'{"ab"[i % 2]}/{i:02d}' for i in range(40))
    for fold, suffix in enumerate(('', '_fold1')):
        lists = [read_list(out / f'{share}{suffix}_labeled.txt') for share in ('1-8', '1-2')]
        assert set(lists[0]) < set(lists[1])
        assert (lists[1], read_list(out / f'1-2{suffix}_unlabeled.txt')) == make_split(stems, '1/2', seed=fold)
    table = capsys.readouterr().out
    for line in ('labeled *. *40 . *5 . *20 . *5 . *20', 'common *. *20 .', f'rare *. *{RARE} .', '8 lists in'):
        assert re.search(line, table), table


def test_lists_go_beside_the_data_by_default(main, tiny_dataset, tiny_config):
    main([str(tiny_config), '--data-root', str(tiny_dataset), '--shares', '1/6', '--seed', '3'])
    train = read_list(tiny_dataset / 'splits' / 'train.txt')
    assert read_list(tiny_dataset / 'splits' / '1-6_labeled.txt') == make_split(train, '1/6', seed=3)[0]


def test_refuses_a_labeled_list_without_a_class(main, pool, config, tmp_path):
    out = tmp_path / 'lists'
    options = [config(), '--data-root', str(pool), '--out', str(out), '--shares', '1/20', '--folds', '3']
    with pytest.raises(SystemExit, match=r'1/20 fold \d lacks .*rare.*--allow-missing') as error:
        main(options)
    assert '\n' not in str(error.value) and not out.exists()
    main([*options, '--allow-missing'])
    assert len(list(out.iterdir())) == 6


def test_a_class_that_the_pool_lacks_is_not_missed(main, pool, config, tmp_path):
    dataset = SOURCE.format(ann_file='').replace("'rare')", "'rare', 'never')")
    main([config(dataset), '--data-root', str(pool), '--out', str(tmp_path / 'lists'), '--shares', '1/3', '--stratify'])
    assert len(list((tmp_path / 'lists').iterdir())) == 2


def test_without_a_data_root_the_folder_has_to_be_said(main, pool, config, tmp_path):
    dataset = SOURCE.format(ann_file='').replace('data_root=data_root, ', '')
    for name in ('images', 'annotations'):
        dataset = dataset.replace(f"'{name}'", repr(str(pool / name)))
    with pytest.raises(SystemExit, match='has no data_root; say with --out'):
        main([config(dataset), '--shares', '1/2'])
    main([config(dataset), '--shares', '1/2', '--allow-missing', '--out', str(tmp_path / 'lists')])
    assert read_list(tmp_path / 'lists/1-2_labeled.txt')[0].startswith('a/')


def test_stratify_labels_the_rare_class(main, pool, config, tmp_path):
    out = tmp_path / 'lists'
    options = ['--shares', '1/20', '1/3', '--folds', '4', '--stratify']
    main([config(), '--data-root', str(pool), '--out', str(out), *options])
    for path in out.glob('1-20*_labeled.txt'):
        assert rare_images(pool, read_list(path)) == 1
    for path in out.glob('1-3*_labeled.txt'):
        assert rare_images(pool, read_list(path)) in (RARE // 3, RARE // 3 + 1)


def test_other_content_needs_force(main, pool, config, tmp_path):
    options = [config(), '--data-root', str(pool), '--out', str(tmp_path), '--shares', '1/2']
    main(options)
    main(options)
    before = read_list(tmp_path / '1-2_labeled.txt')
    with pytest.raises(SystemExit, match='1-2_labeled.txt'):
        main([*options, '--seed', '1'])
    assert read_list(tmp_path / '1-2_labeled.txt') == before
    main([*options, '--seed', '1', '--force'])
    assert read_list(tmp_path / '1-2_labeled.txt') != before


@pytest.mark.parametrize('wrapped', [
    "dict(type='RepeatDataset', times=3, dataset=source)",
    "dict(type='ConcatDataset', datasets=[source])",
])
def test_looks_into_wrappers(main, pool, config, tmp_path, wrapped):
    out = tmp_path / 'lists'
    main([config(wrapped), '--data-root', str(pool), '--out', str(out), '--shares', '1/2'])
    assert len(read_list(out / '1-2_labeled.txt')) == 20


@pytest.mark.parametrize('dataset, message', [
    ("dict(type='SemiDataset', labeled=source, unlabeled=source)", 'fully labeled'),
    ("dict(type='ConcatDataset', datasets=[source, source])", 'joins 2 datasets'),
    (SOURCE.format(ann_file='splits/absent.txt'), 'absent.txt'),
    (SOURCE.format(ann_file='').replace("dict(type='LoadAnnotations'), ", ''), 'LoadAnnotations'),
    (SOURCE.format(ann_file='').replace("seg_map_path='annotations'", ''), 'seg_map_path'),
    (SOURCE.format(ann_file='').replace("classes=('ground', 'common', 'rare')", ''),
     'train_dataloader.dataset .*BaseSegDataset.* has no classes; set metainfo'),
])
def test_refuses_other_pools(main, pool, config, dataset, message):
    with pytest.raises(SystemExit, match=message):
        main([config(dataset), '--data-root', str(pool)])


@pytest.mark.parametrize('options, message', [(['--shares', '1/8', '2'], "'2'"), (['--folds', '0'], '--folds 0')])
def test_refuses_options(main, pool, config, capsys, options, message):
    with pytest.raises(SystemExit) as error:
        main([config(), '--data-root', str(pool), *options])
    assert message in str(error.value) + capsys.readouterr().err


def test_as_a_command_what_is_wrong_is_one_line(repo_root, tiny_config, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['make_splits.py', str(tiny_config)])
    with pytest.raises(SystemExit, match=r'^error: .*train.txt: no such list.*$'):
        runpy.run_path(str(repo_root / 'tools' / 'make_splits.py'), run_name='__main__')
