# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""TIFFs of any number of bands, with the stored values."""
import sys
import warnings

import mmcv
import numpy as np
import pytest

from mmseg_entmin.datasets.transforms import LoadTiff
from mmseg_entmin.errors import OptionError

rasterio = pytest.importorskip('rasterio')


def write(path, pixels, **options):
    """Pixels (bands, H, W) as rasterio writes them."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        with rasterio.open(path, 'w', driver='GTiff', width=pixels.shape[2], height=pixels.shape[1], count=len(pixels),
                           dtype=pixels.dtype, **options) as file:
            file.write(pixels)
    return path


def load(path, **options):
    return LoadTiff(**options)(dict(img_path=str(path)))


@pytest.mark.parametrize('interleave', ['pixel', 'band'])
@pytest.mark.parametrize('dtype', ['uint8', 'uint16', 'int16', 'float32'])
@pytest.mark.parametrize('bands', [1, 2, 3, 4, 13])
def test_values_as_stored(tmp_path, bands, dtype, interleave):
    pixels = np.random.default_rng(0).integers(0, 250 if dtype == 'uint8' else 9000, (bands, 5, 7)).astype(dtype)
    found = load(write(tmp_path / 'a.tif', pixels, interleave=interleave))
    assert (found['img'] == pixels.transpose(1, 2, 0)).all() and found['ori_shape'] == (5, 7) == found['img_shape']
    assert found['img'].dtype == (np.uint8 if dtype == 'uint8' else np.float32) and 'no_data' not in found


def test_what_opencv_makes_of_four_bands(tmp_path):
    """If this changes, correct docs/other_software.md."""
    path = write(tmp_path / 'a.tif', np.full((4, 2, 2), 0, np.uint8) + np.uint8([200, 100, 50, 51])[:, None, None])
    assert mmcv.imread(str(path), 'unchanged')[0, 0].tolist() == [10, 20, 40, 51]
    assert load(path)['img'][0, 0].tolist() == [200, 100, 50, 51]


def test_channels(tmp_path):
    path = write(tmp_path / 'a.tif', np.arange(13, dtype=np.uint16)[:, None, None] + np.zeros((13, 3, 2), np.uint16))
    assert load(path, channels=(3, 2, 7))['img'][0, 0].tolist() == [3, 2, 7]
    with pytest.raises(ValueError, match='a.tif. has 13 bands: there is no channel 13; correct LoadTiff.channels'):
        load(path, channels=(13, ))
    for wrong in ((), (-1, ), (1., )):
        with pytest.raises(OptionError, match='LoadTiff: channels=.*must be indices of bands, from 0'):
            LoadTiff(channels=wrong)


def test_pixels_without_data(tmp_path):
    pixels = np.full((2, 3, 3), 5, np.int16)
    pixels[:, 0], pixels[0, 1, 1] = -9999, -9999  # the second has data in the other band
    found = load(write(tmp_path / 'a.tif', pixels, nodata=-9999), fill=7)
    assert found['no_data'].tolist() == [[True] * 3, [False] * 3, [False] * 3]
    assert (found['img'][0] == 7).all() and found['img'][1, 1].tolist() == [-9999, 5]
    floats = np.full((1, 2, 2), np.nan, np.float32)
    floats[0, 1] = 0.5
    found = load(write(tmp_path / 'b.tif', floats))
    assert found['img'][..., 0].tolist() == [[0, 0], [0.5, 0.5]]
    assert found['no_data'].tolist() == [[True] * 2, [False] * 2]


def test_alpha_is_a_mask_where_it_is_no_channel(tmp_path):
    pixels = np.full((4, 2, 2), 9, np.uint8)
    pixels[3, 0, 0] = 0
    infrared = write(tmp_path / 'b.tif', pixels)  # rasterio calls it alpha
    assert 'no_data' not in load(infrared, channels=(0, 1, 2))
    pixels[3] = [[0, 255], [255, 255]]
    path = write(tmp_path / 'a.tif', pixels, photometric='RGB', alpha='YES')
    assert load(path)['img'][0, 0].tolist() == [9, 9, 9, 0] and 'no_data' not in load(path)
    found = load(path, channels=(0, 1, 2), fill=3)
    assert found['img'][0, 0].tolist() == [3, 3, 3] and found['no_data'].sum() == 1


def test_what_cannot_be_read(tmp_path, monkeypatch):
    (tmp_path / 'a.tif').write_bytes(b'no image')
    with pytest.raises(OSError, match='a.tif'):
        load(tmp_path / 'a.tif')
    tifffile = pytest.importorskip('tifffile')
    tifffile.imwrite(tmp_path / 'b.tif', np.zeros((4, 20, 30), np.uint8), photometric='minisblack')
    with pytest.raises(ValueError, match='b.tif. holds 4 images; if they are the channels of one, set pages=T'):
        load(tmp_path / 'b.tif')
    monkeypatch.setitem(sys.modules, 'rasterio', None)
    with pytest.raises(ImportError, match=r"needs rasterio: pip install 'mmseg_entmin\[annotations\]'"):
        load(tmp_path / 'a.tif')


@pytest.mark.parametrize('options', [{}, dict(ome=True), dict(imagej=True)])
def test_pages_as_channels(tmp_path, options):
    tifffile = pytest.importorskip('tifffile')
    pixels = np.random.default_rng(0).integers(0, 60000, (5, 20, 30)).astype(np.uint16)
    path = tmp_path / ('a & b.ome.tif' if 'ome' in options else 'a.tif')
    tifffile.imwrite(path, pixels, photometric='minisblack', metadata=dict(axes='CYX'), **options)
    found = load(path, pages=True)['img']
    assert (found == pixels.transpose(1, 2, 0)).all()
    assert (load(path, pages=True, channels=(3, 0))['img'] == found[..., [3, 0]]).all()
    with tifffile.TiffWriter(path) as file:
        for size in ((20, 30), (10, 15)):
            file.write(np.zeros(size, np.uint8), photometric='minisblack')
    with pytest.raises(ValueError, match='holds 2 images of several sizes, types or bands, which are no channels'):
        load(path, pages=True)


def test_files_of_a_backend(tmp_path):
    path = write(tmp_path / 'a.tif', np.arange(5 * 4, dtype=np.uint8).reshape(5, 2, 2))
    assert (load(path, backend_args=dict(backend='local'))['img'] == load(path)['img']).all()
    assert repr(LoadTiff((1, 2))) == 'LoadTiff(channels=(1, 2), fill=0)'
