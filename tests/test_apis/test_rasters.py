# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Windows are what the loader gives of the whole image, and results keep the place of an image."""
import importlib.util
import warnings

import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from mmseg_entmin.apis.rasters import (
    CACHE,
    MOST_CACHE,
    RasterWriter,
    WindowReader,
    cache_of,
    image_size,
    opened,
    pixels_without_data,
    place,
)
from mmseg_entmin.datasets.transforms import LoadTiff
from tests.test_datasets.test_transforms.test_load_tiff import rasterio, write

PLACE = dict(crs='EPSG:32632', transform=rasterio.transform.from_origin(500000, 5500000, 10, 10))


def random(count, dtype='uint8'):
    return np.random.default_rng(0).integers(0, 200, (count, 20, 30)).astype(dtype)


@pytest.mark.parametrize('bands, loader', [
    (5, LoadTiff(channels=(4, 0))), (3, LoadImageFromFile()), (1, LoadImageFromFile(to_float32=True)),
    (3, LoadImageFromFile(color_type='unchanged')), (1, LoadImageFromFile(color_type='grayscale'))])
def test_windows(tmp_path, bands, loader):
    path = write(tmp_path / 'a.tif', random(bands))
    whole = loader(dict(img_path=str(path)))['img']
    with opened(path) as dataset:
        part, empty = WindowReader(dataset, loader).read(rasterio.windows.Window(4, 2, 10, 7))
    assert empty is None and part.dtype == whole.dtype and (part == whole[2:9, 4:14]).all()


@pytest.mark.parametrize('pixels, options, text', [
    (random(4), {}, r'it has 4 band\(s\) of uint8'), (random(3, 'uint16'), {}, r'it has 3 band\(s\) of uint16'),
    (random(3), dict(color_type='grayscale'), "color_type='grayscale' makes gray of its colors")])
def test_files_that_mmcv_reads_otherwise_are_refused(tmp_path, pixels, options, text):
    with opened(write(tmp_path / 'a.tif', pixels)) as dataset, \
            pytest.raises(ValueError, match=f"a.tif' cannot be read in tiles: {text}; set dict.type='LoadTiff'"):
        WindowReader(dataset, LoadImageFromFile(**options))


def test_a_photograph_on_its_side_is_refused(tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    Image.new('RGB', (30, 20)).save(tmp_path / 'a.jpg', exif=exif)
    with opened(tmp_path / 'a.jpg') as dataset, pytest.raises(ValueError, match='EXIF turns it'):
        WindowReader(dataset, LoadImageFromFile())
    assert image_size(tmp_path / 'a.jpg') == (20, 30) and image_size(tmp_path / 'gone.png') is None


def test_the_place_is_kept(tmp_path):
    path = write(tmp_path / 'a.tif', random(3), nodata=7, **PLACE)
    where = place(path)
    assert where == PLACE | dict(crs=rasterio.CRS.from_epsg(32632))
    with RasterWriter(tmp_path / 'new/b.tif', (20, 30), 'uint8', 255, where, [[0, 0, 0], [9, 8, 7]]) as writer:
        for row in (0, 10):
            writer.write(np.full((10, 30), row, np.uint8), row)
        assert not (tmp_path / 'new/b.tif').exists()
    with rasterio.open(tmp_path / 'new/b.tif') as file:
        assert (file.crs, file.transform, file.nodata) == (where['crs'], where['transform'], 255)
        assert file.colormap(1)[1] == (9, 8, 7, 255) and file.read(1)[[0, 9, 10, 19], 5].tolist() == [0, 0, 10, 10]
    assert [path.name for path in (tmp_path / 'new').iterdir()] == ['b.tif']
    assert place(write(tmp_path / 'c.tif', random(1))) is None and place(tmp_path / 'a.png') is None


def test_ground_control_points_are_a_place(tmp_path):
    points = [rasterio.control.GroundControlPoint(row, col, 10. + col, 50. - row) for row in (0, 20) for col in (0, 30)]
    path = write(tmp_path / 'a.tif', random(1), gcps=points, crs='EPSG:4326')
    with RasterWriter(tmp_path / 'b.tif', (20, 30), 'float32', float('nan'), place(path)):
        pass
    with rasterio.open(tmp_path / 'b.tif') as file:
        assert len(file.gcps[0]) == 4 and file.gcps[1].to_epsg() == 4326


def test_without_rasterio_a_place_is_not_lost_in_silence(tmp_path, monkeypatch):
    path, plain = write(tmp_path / 'a.tif', random(1), **PLACE), write(tmp_path / 'b.tif', random(1))
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(ImportError, match="a.tif' has a place on the earth, and .*rasterio.*or give --format png"):
        place(path)
    assert place(plain) is None


def test_a_failed_result_leaves_no_file(tmp_path):
    with pytest.raises(KeyError), RasterWriter(tmp_path / 'a.tif', (2, 2), 'uint8', 255):
        raise KeyError
    assert not list(tmp_path.iterdir())


def test_where_a_file_has_no_data(tmp_path):
    pixels = random(3)
    pixels[:, :3] = 0
    path = write(tmp_path / 'a.tif', pixels, nodata=0)
    for loader in (LoadImageFromFile(), LoadTiff()):
        assert pixels_without_data(path, loader)[:4, 0].tolist() == [True] * 3 + [False]
    assert pixels_without_data(write(tmp_path / 'b.tif', pixels), LoadTiff()) is None
    assert pixels_without_data(tmp_path / 'gone.tif', LoadTiff()) is None
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert pixels_without_data(tmp_path / 'a.png', None) is None


def test_the_cache_holds_what_tiles_read_again(tmp_path):
    from rasterio.env import getenv
    pixels = np.zeros((3, 64, 64), np.uint8)
    striped = write(tmp_path / 'a.tif', pixels)
    with opened(striped) as dataset:
        assert getenv()['GDAL_CACHEMAX'] == CACHE >= 1 << 20, 'rasterio counts bytes'
        assert cache_of(dataset, 32) == CACHE + 32 * 64 * 3 and cache_of(dataset, 1 << 30) == MOST_CACHE
    with rasterio.open(striped) as source, rasterio.open(
            tmp_path / 'b.tif', 'w', **{**source.profile, 'tiled': True, 'blockxsize': 16, 'blockysize': 16}) as file:
        file.write(pixels)
    with opened(tmp_path / 'b.tif') as dataset:
        assert cache_of(dataset, 32) == CACHE
