# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The prediction in tiles is that of the whole image."""
import numpy as np
import pytest
from mmengine.config import Config

from mmseg_entmin.apis import EntMinInferencer, UnreadableImage
from mmseg_entmin.apis.tiles import is_large, open_tiled
from tests.test_datasets.test_transforms.test_load_tiff import write
from tests.tiny_checkpoint import save

SLIDE = dict(mode='slide', crop_size=(64, 64), stride=(40, 40))


def noise(bands=3, size=(300, 347)):
    blocks = np.random.default_rng(0).integers(0, 255, (bands, size[0] // 8 + 1, size[1] // 8 + 1)).astype(np.uint8)
    return blocks.repeat(8, 1).repeat(8, 2)[:, :size[0], :size[1]]


def joined(inferencer, path, **options):
    """Labels, entropy and presence of the tiles of an image."""
    with open_tiled(inferencer, path, **options) as image:
        labels, entropy = np.full(image.size, 99, np.uint8), np.zeros(image.size, np.float32)
        for row, column, part in image:
            height, width = part.labels.shape
            assert (labels[row:row + height, column:column + width] == 99).all()
            labels[row:row + height, column:column + width] = part.labels
            entropy[row:row + height, column:column + width] = part.entropy
        return labels, entropy, image.presence, len(image.tiles)


@pytest.mark.parametrize('test_cfg, side', [(dict(mode='whole'), 192), (SLIDE, 150)])
def test_equal_to_the_whole_image(tmp_path, test_cfg, side):
    config, checkpoint = save(tmp_path, 'EncoderDecoder', test_cfg=test_cfg)
    inferencer = EntMinInferencer(config, checkpoint, 'cpu')
    path = write(tmp_path / 'a.tif', noise())
    whole = next(inferencer(path))
    labels, entropy, presence, count = joined(inferencer, path, side=side, overlap=96 if side == 192 else None)
    assert count > 5 and presence is None and len(np.unique(whole.labels)) > 1
    assert (labels == whole.labels).mean() > 0.9999
    np.testing.assert_allclose(entropy, whole.entropy, atol=1e-4)


def test_too_little_overlap_shows(tmp_path):
    """The test above can fail."""
    config, checkpoint = save(tmp_path, 'EncoderDecoder')
    inferencer = EntMinInferencer(config, checkpoint, 'cpu')
    path = write(tmp_path / 'a.tif', noise())
    _, entropy, *_ = joined(inferencer, path, side=192, overlap=0)
    assert np.abs(entropy - next(inferencer(path)).entropy).max() > 0.01


def test_tiles_that_are_resized_have_one_size(tmp_path):
    config, checkpoint = save(tmp_path, resize=(64, 64))
    inferencer = EntMinInferencer(config, checkpoint, 'cpu')
    path = write(tmp_path / 'a.tif', noise(size=(100, 130)))
    labels, _, presence, count = joined(inferencer, path, side=64, overlap=16)
    assert count == 2 * 3 and labels.max() < 3 and presence.shape == (3, )
    assert not is_large(path, inferencer)


def test_bands_and_pixels_without_data(tmp_path):
    config, checkpoint = save(tmp_path)
    cfg = Config.fromfile(config)
    cfg.test_dataloader.dataset.pipeline[0] = dict(type='LoadTiff', channels=[4, 2, 0])
    pixels = noise(5, (150, 200))
    pixels[:, 40:60] = 3
    path = write(tmp_path / 'a.tif', pixels, nodata=3)
    inferencer = EntMinInferencer(cfg, checkpoint, 'cpu')
    expected = (pixels[[0, 2, 4]] == 3).all(axis=0)
    assert (next(inferencer(path)).no_data == expected).all()
    with open_tiled(inferencer, path, 96, 32) as image:
        for row, column, part in image:
            height, width = part.labels.shape
            assert (np.zeros_like(part.labels) if part.no_data is None else part.no_data == expected[
                row:row + height, column:column + width]).all() or part.no_data is None


def test_what_cannot_be_read_is_named(tmp_path):
    config, checkpoint = save(tmp_path)
    inferencer = EntMinInferencer(config, checkpoint, 'cpu')
    (tmp_path / 'a.tif').write_bytes(b'no image')
    with pytest.raises(UnreadableImage, match='a.tif: not read: '), open_tiled(inferencer, tmp_path / 'a.tif'):
        pass
    path = write(tmp_path / 'b.tif', noise())
    path.write_bytes(path.read_bytes()[:200000])
    with open_tiled(inferencer, path, 128, 32) as image, pytest.raises(UnreadableImage, match='b.tif: not read: '):
        list(image)


def test_what_is_large(tmp_path, monkeypatch):
    config, checkpoint = save(tmp_path)
    inferencer = EntMinInferencer(config, checkpoint, 'cpu')
    path = write(tmp_path / 'a.tif', noise())
    assert not is_large(path, inferencer)
    monkeypatch.setattr('mmseg_entmin.apis.tiles.LARGE', 300 * 300)
    assert is_large(path, inferencer)


def test_pages_of_a_file_are_channels_in_tiles_too(tmp_path):
    tifffile = pytest.importorskip('tifffile')
    config, checkpoint = save(tmp_path)
    cfg = Config.fromfile(config)
    cfg.test_dataloader.dataset.pipeline[0] = dict(type='LoadTiff', pages=True)
    tifffile.imwrite(tmp_path / 'a.tif', noise(3, (150, 200)), photometric='minisblack')
    inferencer = EntMinInferencer(cfg, checkpoint, 'cpu')
    labels, _, _, count = joined(inferencer, tmp_path / 'a.tif', side=192, overlap=96)
    assert count == 2 and (labels == next(inferencer(tmp_path / 'a.tif')).labels).mean() > 0.999
