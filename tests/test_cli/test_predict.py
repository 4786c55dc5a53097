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
from tests.test_apis.test_rasters import PLACE
from tests.test_datasets.test_transforms.test_load_tiff import rasterio, write
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
    assert [path.name for path in (tmp_path / 'out').rglob('*.*')] == ['.progress', '1-of-1.jsonl']


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
    assert sorted(path.name for path in out.iterdir()) == [
        '.progress', 'entropy', 'entropy_colour', 'masks', 'scales.json']
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


@pytest.fixture
def geotiff(tmp_path):
    """An image with a place on the earth, of 150 x 200 pixels, the first ten rows without data."""
    pixels = np.random.default_rng(0).integers(1, 250, (3, 150, 200)).astype(np.uint8)
    pixels[:, :10] = 0
    (tmp_path / 'geo').mkdir()
    return write(tmp_path / 'geo/a.tif', pixels, nodata=0, **PLACE)


@pytest.mark.parametrize('options', [[], ['--tile', '128'], ['--tile', '0', '--format', 'tif']])
def test_a_geotiff_keeps_its_place(main, model, geotiff, tmp_path, options):
    out = tmp_path / 'out'
    main([str(geotiff), *model, '--out', str(out), '--uncertainty', *options])
    expected = next(EntMinInferencer(model[1], model[3], 'cpu')(geotiff))
    for folder, nodata in (('masks', 255), ('entropy', float('nan')), ('variance', float('nan'))):
        with rasterio.open(out / folder / 'a.tif') as file:
            assert file.crs.to_epsg() == 32632 and file.transform == PLACE['transform']
            found = file.read(1)
            assert np.array_equal(file.nodata, nodata, equal_nan=True) and np.array_equal(
                found[:10], np.full((10, 200), nodata), equal_nan=True)
            values = expected.labels if folder == 'masks' else getattr(expected, folder)
            assert options[:1] == ['--tile'] and options[1] != '0' or np.array_equal(found[10:], values[10:])
    assert 'GeoTIFF: the value itself' in json.loads((out / 'scales.json').read_text())['entropy']
    assert not list(out.glob('*_colour')) and len((out / 'presence.csv').read_text().splitlines()) == 2


def test_png_and_plain_images_stay_png(main, model, geotiff, tmp_path):
    write(tmp_path / 'geo/b.tif', np.full((3, 40, 40), 9, np.uint8))
    main([str(tmp_path / 'geo'), *model, '--out', str(tmp_path / 'auto'), '--overlay'])
    assert sorted(path.name for path in (tmp_path / 'auto/masks').iterdir()) == ['a.tif', 'b.png']
    assert sorted(path.name for path in (tmp_path / 'auto/overlays').iterdir()) == ['a.png', 'b.png']
    main([str(geotiff), *model, '--out', str(tmp_path / 'png'), '--format', 'png'])
    assert (pixels(tmp_path / 'png/masks/a.png')[:10] == 255).all()


def test_large_images_go_in_tiles_by_themselves(main, model, geotiff, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr('mmseg_entmin.apis.tiles.LARGE', 150 * 199)
    (tmp_path / 'geo/b.tif').write_bytes(b'no image')
    with pytest.raises(SystemExit) as end:
        main([str(tmp_path / 'geo'), *model, '--out', str(tmp_path / 'out'), '--overlay'])
    said = capsys.readouterr()
    assert end.value.code == 3 and 'b.tif: not read' in said.err and '1 image: masks, ' in said.out
    assert 'a: 200 x 150 pixels in 1 tile' in said.out and 'no overlays of images in tiles' in said.out
    for command in (['rank', '--count', '1'], ['pseudo-label']):
        with pytest.raises(SystemExit, match="a.tif' has more than 8192 x 8192 pixels, and this command reads "):
            entmin([command[0], str(tmp_path / 'geo'), *model, '--out', str(tmp_path / 'more'), *command[1:]])


def test_tiles_are_no_pngs(main, model, geotiff, tmp_path):
    for options, text in ((['--tile', '64', '--format', 'png'], 'tiles are written as GeoTIFF'),
                          (['--tile', '-1'], 'give pixels, 0 or more'),
                          (['--tile', '40'], 'nothing is left of a tile without its overlap; give a --tile')):
        with pytest.raises(SystemExit, match=text):
            main([str(geotiff), *model, '--out', str(tmp_path / 'out'), *options])
