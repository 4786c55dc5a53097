# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What is said of single images and their masks."""
import sys

import mmcv
import numpy as np
import pytest
from PIL import Image

from mmseg_entmin.datasets.checks import check_data
from tests.test_datasets.test_checks.test_look_through import LABELED, UNLABELED, config, source
from tests.test_datasets.test_transforms.test_load_tiff import rasterio, write


@pytest.fixture
def found(tiny_dataset):
    """Kind, severity and text of all that is said of one image, which is written anew, and its mask."""

    def look(image, mask=None, pipeline=LABELED, **options):
        image.save(tiny_dataset / 'images/001.png', **options)
        if mask is not None:
            mask.save(tiny_dataset / 'annotations/001.png')
        (tiny_dataset / 'splits/train.txt').write_text('001\n')
        return {problem.kind: (problem.severity, str(problem))
                for problem in check_data(config(source(tiny_dataset, 'train', pipeline))).problems
                if problem.kind != 'class not labeled'}

    return look


def labels(width, height):
    return Image.fromarray((np.arange(width * height) % 3).astype(np.uint8).reshape(height, width))


def test_only_the_first_frame_is_read(found, tiny_dataset):
    image = Image.new('RGB', (32, 32))
    stack = dict(format='TIFF', save_all=True, append_images=[image] * 4)
    severity, text = found(image, **stack)['frames']
    assert severity == 'warning' and 'holds 5 frames, the loader reads the first; save them as files' in text
    assert not found(image, labels(32, 32), format='MPO', save_all=True, append_images=[image])  # a phone's preview
    masks = labels(32, 32)
    masks.save(tiny_dataset / 'annotations/001.png', format='TIFF', save_all=True, append_images=[masks])
    severity, text = found(image)['frames']
    assert severity == 'error' and 'this mask holds 2 frames' in text


@pytest.mark.parametrize('pipeline, severity', [(LABELED, 'error'), (UNLABELED, 'warning')])
def test_32_bits_are_named(found, pipeline, severity):
    said, text = found(Image.fromarray(np.zeros((32, 32), np.float32)), pipeline=pipeline, format='TIFF')['unreadable']
    assert said == severity and 'has 32 bits a channel, which the loader cannot read; convert it to 8 bits' in text
    assert text.endswith('takes another image in its place and counts it') == (pipeline is UNLABELED)


@pytest.mark.parametrize('pipeline, severity', [(LABELED, 'error'), (UNLABELED, 'warning')])
def test_a_photograph_that_ends_too_early(tiny_dataset, monkeypatch, pipeline, severity):
    """OpenCV 4 paints gray what is missing, and says nothing that a program hears; OpenCV 5 refuses it."""
    path = tiny_dataset / 'images/001.png'
    Image.effect_noise((32, 32), 60).convert('RGB').save(path, format='JPEG')
    whole, decode = path.read_bytes(), mmcv.imfrombytes
    path.write_bytes(whole[:-200])
    monkeypatch.setattr(mmcv, 'imfrombytes', lambda content, *args, **kwargs: decode(
        whole if content == whole[:-200] else content, *args, **kwargs))
    problem, = check_data(config(source(tiny_dataset, 'train', pipeline))).problems
    assert (problem.kind, problem.severity, problem.file) == ('truncated', severity, str(path))
    assert problem.reason.startswith('is not whole (')


@pytest.mark.parametrize('orientation, size, mask, kinds', [
    (6, (40, 20), (20, 40), []), (6, (40, 20), (40, 20), ['EXIF rotation', 'size']),
    (3, (40, 20), (40, 20), ['EXIF rotation']), (6, (32, 32), (32, 32), ['EXIF rotation'])])
def test_a_mask_that_was_drawn_on_the_upright_image_fits(found, orientation, size, mask, kinds):
    exif = Image.Exif()
    exif[0x0112] = orientation
    problems = found(Image.new('RGB', size), labels(*mask), format='JPEG', exif=exif)
    assert sorted(problems) == kinds
    unknown = [text for _, text in problems.values() if 'whether its mask was drawn upright cannot be seen' in text]
    assert bool(unknown) == (kinds == ['EXIF rotation'])


@pytest.mark.parametrize('image_format, orientation, kinds', [
    ('TIFF', 3, ['EXIF rotation']), ('PNG', 2, ['EXIF rotation']), ('JPEG', 8, ['EXIF rotation']),
    ('JPEG', 9, []), ('JPEG', 1, []), ('JPEG', 0, [])])
def test_what_turns_an_image(found, image_format, orientation, kinds):
    """Pillow turns a TIFF itself, and then no longer says so."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.new('RGB', (32, 32))
    assert sorted(found(image, labels(32, 32), format=image_format, exif=exif)) == kinds
    assert not found(image, pipeline=UNLABELED, format=image_format, exif=exif)


@pytest.mark.parametrize('image, color_type, kind, text', [
    (Image.new('RGBA', (32, 32)), 'color', 'alpha', 'has transparency, which the loader drops'),
    (Image.new('RGBA', (32, 32), 'white'), 'color', None, ''),
    (Image.new('RGBA', (32, 32)), 'unchanged', 'channels', 'is read with 4 channels'),
    (Image.fromarray(np.full((32, 32), 300, np.uint16)), 'color', '16 bits', 'of which the loader keeps 8'),
    (Image.fromarray(np.full((32, 32), 300, np.uint16)), 'unchanged', '16 bits', 'uint16 with values 300 to 300'),
    (Image.new('L', (32, 32)), 'unchanged', None, ''), (Image.new('P', (32, 32)), 'color', None, '')])
def test_what_a_loader_makes_of_channels_and_bits(found, image, color_type, kind, text):
    pipeline = [dict(UNLABELED[0], color_type=color_type), UNLABELED[1]]
    problems = found(image, pipeline=pipeline)
    assert list(problems) == ([kind] if kind else [])
    assert all(severity == 'warning' and text in said for severity, said in problems.values())


@pytest.mark.parametrize('step', [dict(type='AdjustGamma'), dict(type='CLAHE'), dict(type='PhotoMetricDistortion')])
def test_transforms_that_keep_8_bits_of_16(found, step):
    pipeline = [dict(UNLABELED[0], color_type='unchanged'), dict(step), UNLABELED[1]]
    (severity, text), = found(Image.fromarray(np.full((32, 32), 300, np.uint16)), pipeline=pipeline).values()
    assert severity == 'error' and f"is read as uint16, but {step['type']} of the pipeline keeps 8 bits" in text
    assert not found(labels(32, 32), pipeline=pipeline)


def bands(path, count, dtype='uint8', high=200, **options):
    pixels = np.random.default_rng(0).integers(0, high, (count, 32, 32)).astype(dtype)
    write(path, pixels, **options)
    return pixels


def looked(root, loader, preprocessor=None, role=LABELED):
    (root / 'splits/train.txt').write_text('001\n')
    cfg = config(source(root, 'train', [loader, *role[1:]], img_suffix='.tif'))
    if preprocessor:
        cfg.model = dict(data_preprocessor=preprocessor)
    return {problem.kind: (problem.severity, str(problem)) for problem in check_data(cfg).problems
            if problem.kind != 'class not labeled'}


@pytest.mark.parametrize('role', [LABELED, UNLABELED])
@pytest.mark.parametrize('count, dtype, options, text', [
    (2, 'uint8', dict(color_type='unchanged'), 'a TIFF of 2 bands of 8 bits, but it is read as 32 x 32 x 1'),
    (4, 'uint8', dict(color_type='unchanged'), 'a TIFF of 4 bands of 8 bits, but it is read as 32 x 32 x 4'),
    (4, 'uint8', {}, 'a TIFF of 4 bands of 8 bits, but it is read as 32 x 32 x 3'),
    (3, 'uint16', dict(color_type='unchanged'), 'a TIFF of 3 bands of 16 bits, but it is read as 32 x 32 x 1'),
    (13, 'uint16', {}, 'a TIFF of 13 bands of 16 bits, which the loader cannot read; read it with dict(type='),
])
def test_bands_that_opencv_changes_are_refused(tiny_dataset, role, count, dtype, options, text):
    bands(tiny_dataset / 'images/001.tif', count, dtype, 9000 if dtype == 'uint16' else 200)
    severity, said = looked(tiny_dataset, dict(type='LoadImageFromFile', **options), role=role)['bands']
    assert severity == 'error' and text in said and "read it with dict(type='LoadTiff') in place of" in said


def test_bands_that_opencv_reads_as_they_are(tiny_dataset):
    path = tiny_dataset / 'images/001.tif'
    bands(path, 3)
    assert not looked(tiny_dataset, LABELED[0])
    pixels = np.random.default_rng(0).integers(0, 200, (4, 32, 32)).astype(np.uint8)
    pixels[3] = 255
    write(path, pixels)
    assert not looked(tiny_dataset, LABELED[0]), 'opaque: nothing changes the colors'


def test_without_rasterio_the_header_tells(tiny_dataset, monkeypatch):
    bands(tiny_dataset / 'images/001.tif', 4)
    monkeypatch.setitem(sys.modules, 'rasterio', None)
    severity, said = looked(tiny_dataset, LABELED[0])['bands']
    assert severity == 'warning' and 'OpenCV changes the values of many such files' in said


def test_what_is_said_of_load_tiff(tiny_dataset):
    """Nothing, if mean and std fit: not of 16 bits, channels, or the overviews that a GeoTIFF holds as frames."""
    path = tiny_dataset / 'images/001.tif'
    pixels = bands(path, 4, 'uint16', 9000, nodata=1)
    with rasterio.open(path, 'r+') as file:
        file.build_overviews([2, 4])
    fits = dict(mean=pixels.mean(axis=(1, 2)).tolist(), std=pixels.std(axis=(1, 2)).tolist())
    assert not looked(tiny_dataset, dict(type='LoadTiff'), fits)
    severity, said = looked(tiny_dataset, dict(type='LoadTiff'), dict(mean=[100.] * 4, std=[50.] * 4))['16 bits']
    assert severity == 'warning' and 'mean and std of the data_preprocessor are usually for 0 to 255' in said
    severity, said = looked(tiny_dataset, dict(type='LoadTiff', channels=[0, 1, 2]), fits)['channels']
    assert severity == 'error' and 'is read with 3 channels, but mean of the data_preprocessor has 4 values' in said
