# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""entmin rank chooses uncertain images, and of near-duplicates one."""
import csv

import numpy as np
import pytest
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
