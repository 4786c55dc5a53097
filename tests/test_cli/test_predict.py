# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""entmin predict, as a user would call it."""
import csv
import errno
import json
import os
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from PIL import Image

from entmin.command_line import main as entmin
from mmseg_entmin.apis import EntMinInferencer, pictures
from tests.tiny_checkpoint import CLASSES, save


@pytest.fixture(scope='module')
def main():
    return lambda argv: entmin(['predict', *argv])


@pytest.fixture
def model(tmp_path):
    config, checkpoint = save(tmp_path)
    return ['--config', str(config), '--checkpoint', str(checkpoint), '--device', 'cpu']


def pixels(path):
    return np.array(Image.open(path))


def test_writes_what_the_inferencer_says(main, model, tiny_dataset, tmp_path, capsys):
    folder, out = tiny_dataset / 'images', tmp_path / 'out'
    main([str(folder), *model, '--out', str(out), '--overlay', '--uncertainty', '--batch-size', '5'])
    inferencer = EntMinInferencer(model[1], model[3], 'cpu', batch_size=5)
    scales = json.loads((out / 'scales.json').read_text())
    assert set(scales) == {'entropy', 'entropy_colour', 'variance', 'variance_colour'}
    factor = float(scales['entropy'].split('value * ')[1])
    rows = list(csv.DictReader((out / 'presence.csv').open()))
    for p, row, name in zip(inferencer(folder), rows, sorted(path.name for path in folder.iterdir()), strict=True):
        mask = Image.open(out / 'masks' / name)
        assert mask.mode == 'P' and mask.getpalette()[3:6] == inferencer.palette[1]
        assert (np.array(mask) == p.labels).all()
        entropy, variance = pixels(out / 'entropy' / name), pixels(out / 'variance' / name)
        assert entropy.dtype == variance.dtype == np.uint16
        np.testing.assert_allclose(entropy * factor, p.entropy, atol=2e-5)
        np.testing.assert_allclose(2**(variance / 2048 - 20), p.variance, rtol=2e-4)
        for colours in ('entropy_colour', 'variance_colour', 'overlays'):
            assert pixels(out / colours / name).shape == (32, 32, 3)
        assert f"{row['image']}.png" == name
        np.testing.assert_allclose([float(row[c]) for c in CLASSES], p.presence, atol=1e-4)
    assert '16 images: masks, overlays' in capsys.readouterr().out


def test_a_full_disk_leaves_no_half_file(main, model, tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(os, 'fsync', Mock(side_effect=OSError(errno.ENOSPC, 'No space left on device')))
    with pytest.raises(SystemExit, match="No space left on device: '.*masks/001.png'"):
        main([str(tiny_dataset / 'images'), *model, '--out', str(tmp_path / 'out')])
    assert not list((tmp_path / 'out').rglob('*.*'))


def test_weights_that_are_not_finite_are_refused(main, model, tiny_dataset, tmp_path):
    checkpoint = torch.load(model[3])
    next(iter(checkpoint['state_dict'].values())).fill_(float('nan'))
    torch.save(checkpoint, model[3])
    with pytest.raises(SystemExit, match=r"model.pth': 1 weights are not finite, like .*; give one that was saved"):
        main([str(tiny_dataset / 'images'), *model, '--out', str(tmp_path / 'out')])


def test_an_overlay_is_half_image_and_half_label(tmp_path):
    image = np.full((2, 2, 3), 100, np.uint8)
    Image.fromarray(image).save(tmp_path / 'image.png')
    pictures.save_overlay(tmp_path / 'image.png', np.array([[0, 1], [1, 255]], np.uint8), [[0, 0, 0], [200, 0, 50]],
                          tmp_path / 'overlay.png')
    assert pixels(tmp_path / 'overlay.png').tolist() == [[[50] * 3, [150, 50, 75]], [[150, 50, 75], [100] * 3]]


def test_names_and_counts_what_cannot_be_read(main, model, tiny_dataset, tmp_path, capsys):
    files = sorted((tiny_dataset / 'images').iterdir())[:3]
    files[1].write_bytes(b'no image')
    with pytest.raises(SystemExit) as end:
        main([*map(str, files), *model, '--out', str(tmp_path / 'out')])
    said = capsys.readouterr()
    assert end.value.code == 3 and f'{files[1]}: not read' in said.err and '1 of 3 images' in said.err
    assert sorted(path.name for path in (tmp_path / 'out/masks').iterdir()) == ['001.png', '003.png']


def test_refuses_to_overwrite(main, model, tiny_dataset, tmp_path):
    args = [str(tiny_dataset / 'images/001.png'), *model, '--out', str(tmp_path / 'out')]
    main(args)
    with pytest.raises(SystemExit, match='001.png.* exists .*--force'):
        main(args)
    main([*args, '--force'])


def test_a_plain_model_has_no_presence_and_no_variance(main, tiny_dataset, tmp_path, capsys):
    config, checkpoint = save(tmp_path, 'EncoderDecoder')
    out = tmp_path / 'out'
    main([str(tiny_dataset / 'images'), '--config', str(config), '--checkpoint', str(checkpoint), '--device', 'cpu',
          '--out', str(out), '--uncertainty'])
    assert sorted(path.name for path in out.iterdir()) == ['entropy', 'entropy_colour', 'masks', 'scales.json']
    said = capsys.readouterr().out
    assert 'no presence.csv' in said and 'no variance' in said


def test_refuses_mistakes_before_any_work(main, model, tiny_dataset, tmp_path):
    folder, out = str(tiny_dataset / 'images'), str(tmp_path / 'out')
    for args, message in (
            ([folder, *model, '--out', f'{folder}/out'], 'images/out. would be written .*into the input'),
            ([folder, *model[2:], '--config', 'gone.py', '--out', out], "config file 'gone.py' does not exist"),
            ([folder, *model[:2], '--checkpoint', 'gone.pth', '--out', out], "checkpoint 'gone.pth' does not exist")):
        with pytest.raises(SystemExit, match=message):
            main(args)
    assert not (tmp_path / 'out').exists()
