# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""entmin rank chooses uncertain images, and of near-duplicates one."""
import csv
import json

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from entmin.command_line import main as entmin
from mmseg_entmin.apis import EntMinInferencer
from mmseg_entmin.datasets.splits import read_list
from tests.tiny_checkpoint import save


@pytest.fixture(scope='module')
def main():
    return lambda argv: entmin(['rank', *argv])


@pytest.fixture
def model(tmp_path):
    config, checkpoint = save(tmp_path)
    return ['--config', str(config), '--checkpoint', str(checkpoint), '--device', 'cpu']


def table(out):
    return list(csv.DictReader((out / 'rank.csv').open()))


@pytest.mark.parametrize('options', [[], ['--by', 'variance'], ['--above', '0.5']], ids=' '.join)
def test_scores_are_means_or_shares(options, main, model, tiny_dataset, tmp_path):
    folder, out = tiny_dataset / 'images', tmp_path / 'out'
    main([str(folder), *model, '--out', str(out), '--count', '3', *options])
    by = 'variance' if 'variance' in options else 'entropy'
    maps = {p.source[-7:-4]: getattr(p, by) for p in EntMinInferencer(model[1], model[3], 'cpu')(folder)}
    rows = table(out)
    assert {row['image'] for row in rows} == set(maps)
    for row in rows:
        values = maps[row['image']]
        assert float(row['score']) == pytest.approx((values > 0.5).mean() if '--above' in options else values.mean(),
                                                    rel=1e-4)
    assert [row['image'] for row in rows[:3]] == read_list(out / 'next.txt')
    assert [row['rank'] for row in rows[:4]] == ['1', '2', '3', '']
    others = [float(row['score']) for row in rows[3:]]
    assert others == sorted(others, reverse=True)
    assert float(rows[0]['score']) == max(float(row['score']) for row in rows)


def test_of_near_duplicates_one_is_chosen(main, model, tiny_dataset, tmp_path):
    """The most uncertain image, five times with noise that hardly shows: by score alone the copies would all lead."""
    folder = tiny_dataset / 'images'
    by_score = sorted(EntMinInferencer(model[1], model[3], 'cpu')(folder), key=lambda p: -p.entropy.mean())
    image = np.array(Image.open(by_score[0].source)).astype(int)
    for copy in range(5):
        noisy = np.clip(image + np.random.randint(-1, 2, image.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(folder / f'copy{copy}.png')
    main([str(folder), *model, '--out', str(tmp_path / 'out'), '--count', '8'])
    rows = table(tmp_path / 'out')
    family = {f'copy{copy}' for copy in range(5)} | {by_score[0].source[-7:-4]}
    top = sorted(rows, key=lambda row: -float(row['score']))[:6]
    assert len(family & {row['image'] for row in top}) >= 4
    assert len(family & set(read_list(tmp_path / 'out/next.txt'))) == 1


def test_labeled_images_are_not_chosen(main, model, tiny_dataset, tmp_path):
    splits = tiny_dataset / 'splits'
    main([str(tiny_dataset / 'images'), '--list', str(splits / 'train.txt'), '--labeled',
          str(splits / '1-3_labeled.txt'), *model, '--out', str(tmp_path / 'out'), '--count', '8'])
    assert set(read_list(tmp_path / 'out/next.txt')) == set(read_list(splits / '1-3_unlabeled.txt'))
    rows = table(tmp_path / 'out')
    assert np.isfinite([float(row['distance']) for row in rows[:8]]).all()
    assert {row['image'] for row in rows if row['labeled'] == '1'} == set(read_list(splits / '1-3_labeled.txt'))


def test_refuses_mistakes(main, model, tiny_dataset, tmp_path):
    folder, splits = str(tiny_dataset / 'images'), tiny_dataset / 'splits'
    plain = tmp_path / 'plain'
    plain.mkdir()
    config, checkpoint = save(plain, 'EncoderDecoder')
    out = ['--out', str(tmp_path / 'out')]
    for args, message in (
            ([*model, '--count', '17'], '--count 17: there are 16'),
            ([*model, '--count', '2', '--list', str(splits / 'test.txt'), '--labeled', str(splits / 'train.txt')],
             'names 001, which is not among the 4'),
            (['--config', str(config), '--checkpoint', str(checkpoint), '--count', '2', '--by', 'variance'],
             'has no UncertaintyHead'),
            ([*model, '--count', '2', '--above', 'nan'], '--above nan: give a number')):
        with pytest.raises(SystemExit, match=message):
            main([folder, *args, *out])
    main([folder, *model, '--count', '1', *out])
    with pytest.raises(SystemExit, match='rank.csv.* exists'):
        main([folder, *model, '--count', '1', *out])
    main([folder, *model, '--count', '2', *out, '--force'])
    assert len(read_list(tmp_path / 'out/next.txt')) == 2


def test_an_unreadable_image_is_left_out(main, model, tiny_dataset, tmp_path):
    (tiny_dataset / 'images/003.png').write_text('no image')
    with pytest.raises(SystemExit) as end:
        main([str(tiny_dataset / 'images'), *model, '--count', '16', '--out', str(tmp_path / 'out')])
    assert end.value.code == 3 and len(read_list(tmp_path / 'out/next.txt')) == 15
    (tmp_path / 'labeled.txt').write_text('003\n')
    with pytest.raises(SystemExit, match='3'):
        main([str(tiny_dataset / 'images'), *model, '--count', '15', '--labeled', str(tmp_path / 'labeled.txt'),
              '--out', str(tmp_path / 'again')])
    assert len(table(tmp_path / 'again')) == 15


@pytest.fixture
def trained(model, tiny_dataset):
    """The model with a config that trains on 001 to 004 and evaluates on 013 to 016."""
    cfg = Config.fromfile(model[1])
    dataset = dict(type='BloodCellsDataset', data_root=str(tiny_dataset), img_suffix='.png',
                   data_prefix=dict(img_path='images', seg_map_path='annotations'),
                   pipeline=cfg.test_dataloader.dataset.pipeline)
    labeled = dict(dataset, ann_file='splits/1-3_labeled.txt')
    unlabeled = dict(dataset, ann_file='splits/gone.txt')  # nobody needs it
    cfg.train_dataloader = dict(dataset=dict(type='SemiDataset', labeled=labeled, unlabeled=unlabeled))
    cfg.test_dataloader.dataset = dict(dataset, ann_file='splits/test.txt')
    cfg.dump(model[1])
    return model


def test_images_of_the_config_are_not_chosen(main, trained, tiny_dataset, tmp_path, capsys):
    folder, splits = str(tiny_dataset / 'images'), tiny_dataset / 'splits'
    with pytest.raises(SystemExit, match='--count 9: there are 8 images to choose from'):
        main([folder, *trained, '--count', '9', '--out', str(tmp_path / 'out')])
    main([folder, *trained, '--count', '8', '--out', str(tmp_path / 'out')])
    assert set(read_list(tmp_path / 'out/next.txt')) == set(read_list(splits / '1-3_unlabeled.txt'))
    rows = table(tmp_path / 'out')
    assert {row['image'] for row in rows if row['labeled'] == '1'} == set(read_list(splits / '1-3_labeled.txt'))
    assert len(rows) == 12 and np.isfinite([float(row['distance']) for row in rows[:8]]).all()
    assert 'never chosen: 4 labeled and 4 evaluation images of the config' in capsys.readouterr().out
    (tmp_path / 'more.txt').write_text('005\n001\n')
    with pytest.raises(SystemExit, match='there are 7 images'):
        main([folder, *trained, '--count', '8', '--labeled', str(tmp_path / 'more.txt'), '--out', str(tmp_path / 'x')])
    main([folder, *trained, '--count', '16', '--all-images', '--out', str(tmp_path / 'all')])


def test_lists_that_cannot_be_read_are_no_permission(main, trained, tiny_dataset, tmp_path):
    (tiny_dataset / 'splits/test.txt').unlink()
    args = [str(tiny_dataset / 'images'), *trained, '--count', '1', '--out', str(tmp_path / 'out')]
    with pytest.raises(SystemExit, match='cannot be told: .*test.txt: no such list.*--all-images'):
        main(args)
    main([*args, '--all-images'])


def test_a_tool_opens_what_is_chosen(main, trained, tiny_dataset, tmp_path, capsys):
    (tiny_dataset / 'images/day').mkdir()
    for path in list((tiny_dataset / 'images').glob('*.png')):
        path.rename(path.parent / 'day' / path.name)
    out = tmp_path / 'out'
    args = [str(tiny_dataset / 'images'), *trained, '--all-images', '--out', str(out)]
    main([*args, '--count', '3', '--format', 'label-studio'])
    chosen = read_list(out / 'next.txt')
    tasks = json.loads((out / 'tasks.json').read_text())
    assert tasks == [dict(data=dict(image=f'/data/local-files/?d=images/{name}.png')) for name in chosen]
    assert 'paste' in capsys.readouterr().out and '<Label value="nucleus"' in (out / 'labeling_config.xml').read_text()
    main([*args, '--count', '3', '--format', 'cvat', '--force'])
    main([*args, '--count', '2', '--format', 'labelme', '--all-classes', '--force'])
    links = [path for path in (out / 'next').rglob('*') if not path.is_dir()]
    assert sorted(path.relative_to(out / 'next').as_posix() for path in links) == sorted(
        f'{name}.png' for name in read_list(out / 'next.txt'))
    assert all(path.is_symlink() and Image.open(path).size == (32, 32) for path in links)
    assert (out / 'labels.txt').read_text().split() == ['background', 'cytoplasm', 'nucleus']
    assert [label['name'] for label in json.loads((out / 'labels.json').read_text())] == ['cytoplasm', 'nucleus']
    main([*args, '--count', '1', '--format', 'cvat', '--copy', '--force'])
    with pytest.raises(SystemExit, match='is no link: delete the folder'):
        main([*args, '--count', '1', '--format', 'cvat', '--force'])
    with pytest.raises(SystemExit, match='exist'):
        main([*args, '--count', '1', '--format', 'cvat'])


@pytest.mark.parametrize('options, message', [
    (['--copy'], '--copy is for --format cvat or labelme'), (['--all-classes'], '--all-classes is for --format'),
    (['--format', 'cvat', '--url', 'x'], '--url is for --format label-studio')])
def test_options_of_tools_need_one(options, message, main, model, tiny_dataset, tmp_path):
    args = [*model, '--count', '1', '--out', str(tmp_path / 'out')]
    with pytest.raises(SystemExit, match=message):
        main([str(tiny_dataset / 'images'), *args, *options])
    with pytest.raises(SystemExit, match='--format cvat needs one folder'):
        main([str(tiny_dataset / 'images/001.png'), *args, '--format', 'cvat'])
