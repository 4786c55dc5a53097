# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How a project reads its images."""
import re

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from entmin.command_line import main
from mmseg_entmin.project.base_network import adapt
from mmseg_entmin.project.loading import Loading, choose_loading
from tests.test_datasets.test_transforms.test_load_tiff import write


def images(folder, *pixels, **options):
    folder.mkdir(exist_ok=True)
    return {str(number): write(folder / f'{number}.tif', each, **options) for number, each in enumerate(pixels)}


def random(count, dtype='uint8', high=200):
    return np.random.default_rng(0).integers(0, high, (count, 8, 8)).astype(dtype)


@pytest.mark.parametrize('count, dtype, loader, channels', [
    (4, 'uint8', "dict(type='LoadTiff')", 4), (13, 'uint16', "dict(type='LoadTiff')", 13),
    (2, 'float32', "dict(type='LoadTiff')", 2), (3, 'uint16', "dict(type='LoadTiff')", 3),
    (1, 'uint16', "dict(type='LoadTiff', channels=(0, 0, 0))", 3)])
def test_tiffs_that_opencv_changes(tmp_path, count, dtype, loader, channels):
    pixels = random(count, dtype)
    loading = choose_loading(images(tmp_path, pixels, pixels[:, ::-1]))
    assert (loading.loader, loading.channels, loading.colors) == (loader, channels, '')
    np.testing.assert_allclose(loading.mean, np.broadcast_to(pixels.mean(axis=(1, 2)), channels), rtol=1e-5)
    np.testing.assert_allclose(loading.std, np.broadcast_to(pixels.std(axis=(1, 2)), channels), rtol=1e-5)
    assert f'{count} band' in loading.note and ('are left out' in loading.note) == (channels != 3)


def test_other_images_stay_with_mmcv(tmp_path):
    Image.new('RGBA', (8, 8)).save(tmp_path / 'a.png')
    assert choose_loading({'a': tmp_path / 'a.png'}) == Loading() == choose_loading(images(tmp_path, random(3)))
    with pytest.raises(ValueError, match="--channels takes bands of TIFFs, and '.*a.png' is none"):
        choose_loading({'a': tmp_path / 'a.png'}, [0])


def test_a_band_of_transparency_is_no_channel(tmp_path):
    pixels = random(4)
    pixels[3] = 255
    pixels[3, :, 0] = 0
    loading = choose_loading(images(tmp_path, pixels))
    assert loading.loader == "dict(type='LoadTiff', channels=(0, 1, 2))" and 'Photo' in loading.colors
    np.testing.assert_allclose(loading.mean, pixels[:3, :, 1:].mean(axis=(1, 2)), rtol=1e-5)
    assert choose_loading(images(tmp_path, pixels[2:])).loader == "dict(type='LoadTiff', channels=(0, 0, 0))"
    assert choose_loading(images(tmp_path, pixels), [3, 0]).channels == 2


def test_different_bands_are_refused(tmp_path):
    mixed = images(tmp_path, random(4), random(3), random(3))
    with pytest.raises(ValueError, match=r"0.tif' has 4 bands \(1 image\), but '.*1.tif' 3 \(2 images\): a network "
                                         'takes one number; give --channels 0 1 2 for'):
        choose_loading(mixed)
    assert choose_loading(mixed, [0, 1, 2]).channels == 3
    wide = images(tmp_path / 'wide', random(3, 'uint16'))
    with pytest.raises(ValueError, match=r"wide/0.tif' has values of 16 bits \(1 image\), but '.*1.tif' of 8"):
        choose_loading({**mixed, '0': wide['0']})


def test_colors_with_and_without_transparency_are_colors(tmp_path):
    pixels = random(4)
    pixels[3] = 255
    loading = choose_loading(images(tmp_path, pixels[:3], pixels))
    assert loading.loader == "dict(type='LoadTiff', channels=(0, 1, 2))"


def test_pixels_without_data_do_not_count(tmp_path):
    pixels = random(2, 'float32')
    pixels[:, :4] = -9999
    files = images(tmp_path, pixels, nodata=-9999)
    loading = choose_loading(files)
    assert min(loading.mean) > 0
    assert loading.with_data(np.ones((8, 8), np.uint8), files['0'])[:, 0].tolist() == [255] * 4 + [1] * 4
    assert Loading().with_data(np.ones((8, 8), np.uint8), files['0']).all()


def test_the_network_takes_them():
    loading = Loading(channels=5, mean=[1.] * 5, std=[2.] * 5)
    model = adapt(dict(type='EncoderDecoder', backbone=dict(type='UNet'), data_preprocessor=dict(mean=[9.] * 3)), 2, 32,
                  loading=loading)
    assert model['backbone']['in_channels'] == 5 and model['data_preprocessor']['mean'] == [1.] * 5
    assert model['data_preprocessor']['bgr_to_rgb'] is False


def test_from_files_to_an_exported_network(tiny_dataset, tiny_config, tmp_path, capsys, bands=13, dtype='uint16'):
    """new-project, check-data, a semi-supervised training, prediction and export of images of many bands."""
    folder, masks = tmp_path / 'bands', tmp_path / 'few'
    folder.mkdir()
    masks.mkdir()
    for number, path in enumerate(sorted((tiny_dataset / 'images').iterdir())):
        pixels = np.array(Image.open(path)).astype(dtype).transpose(2, 0, 1)
        pixels = np.concatenate([pixels] * 5)[:bands] * (30 if dtype == 'uint16' else 1)
        write(folder / f'{path.stem}.tif', pixels, interleave=('band', 'pixel')[number % 2])
        if number < 6:
            (masks / path.name).write_bytes((tiny_dataset / 'annotations' / path.name).read_bytes())
    out = tmp_path / 'project'
    main(['new-project', str(folder), str(masks), '--classes', 'background', 'square', 'disc', '--out', str(out),
          '--base', str(tiny_config), '--iters', '2', '--batch', '2', '--size', '32', '--any-orientation'])
    assert f'the images are TIFFs of {bands} bands of {np.dtype(dtype).itemsize * 8} bits' in capsys.readouterr().out
    semi = out / 'project_semi.py'
    cfg = Config.fromfile(semi)
    assert len(cfg.model.data_preprocessor.mean) == bands == cfg.model.backbone.in_channels
    main(['check-data', str(semi)])
    assert 'no errors' in (said := capsys.readouterr().out) and 'LoadTiff' not in said
    work_dir = tmp_path / 'run'
    main(['train', str(semi), '--work-dir', str(work_dir), '--cfg-options', 'train_dataloader.num_workers=0',
          'train_dataloader.persistent_workers=False', 'val_dataloader.num_workers=0',
          'val_dataloader.persistent_workers=False'])
    assert re.search(r'mIoU: *\d', capsys.readouterr().out)
    checkpoint = str(work_dir / 'iter_2.pth')
    main(['predict', str(folder), '--config', str(semi), '--checkpoint', checkpoint, '--device', 'cpu', '--out',
          str(tmp_path / 'out'), '--overlay'])
    assert len(list((tmp_path / 'out/masks').iterdir())) == 16 == len(list((tmp_path / 'out/overlays').iterdir()))
    main(['export', str(semi), checkpoint, '--out', str(tmp_path / 'model.pt2'), '--images', str(folder), '--check',
          '2'])
    assert capsys.readouterr().out.count('largest difference from PyTorch') == 2
