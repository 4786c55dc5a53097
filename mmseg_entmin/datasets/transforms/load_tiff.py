# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reads images of any number of bands as their values are stored, which OpenCV and mmcv do not."""
import contextlib
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine import fileio

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import TRANSFORMS
from mmseg_entmin.words import amount

GDAL_TYPES = dict(uint8='Byte', int8='Int8', uint16='UInt16', int16='Int16', uint32='UInt32', int32='Int32',
                  float32='Float32')
INSTALL = "reading TIFFs of many bands needs rasterio: pip install 'mmseg_entmin[annotations]'"


@TRANSFORMS.register_module()
class LoadTiff(BaseTransform):
    """Loads a TIFF, GeoTIFF or other raster that GDAL reads, of 1 band or more, with the values that the file stores.

    In place of `LoadImageFromFile`, in all pipelines. mmcv's loader multiplies the colors of a TIFF of 4 bands by the
    fourth, reads TIFFs of 2 bands or 16 bits as one gray channel, and none of more than 4 bands. The channels have the
    order of the bands, so set `bgr_to_rgb=False` in the data preprocessor, `in_channels` of the backbone, and `mean`
    and `std` with a value for each channel.

    The image is (H, W, channels): uint8 as it is, any other type as float32, which holds whole numbers up to 2^24.

    Args:
        channels: indices of the bands to take, from 0, in this order. Default: all.
        fill: value of pixels without data (by the file's nodata value or mask, NaN, or an alpha band of 0
            and its highest value that is not taken). Default 0.
        pages: whether the images in one file, of one band and one size each, are the channels of a single one, as
            microscopes, ImageJ and OME-TIFF store them. Default False.
        backend_args: where files are read from, as in `LoadImageFromFile`. Default: the disk.

    Raises:
        ImportError: rasterio is not installed.
        OSError: a file that cannot be read.
        ValueError: a file without one of the channels, or several images in one file.
    """

    def __init__(self, channels: Sequence[int] | None = None, fill: float = 0., pages: bool = False,
                 backend_args: dict | None = None) -> None:
        if channels is not None and (not channels or any(type(index) is not int or index < 0 for index in channels)):
            raise OptionError('LoadTiff', 'channels', channels, 'must be indices of bands, from 0')
        self.channels = None if channels is None else tuple(channels)
        self.fill, self.pages, self.backend_args = fill, pages, backend_args

    def transform(self, results: dict) -> dict:
        """Adds `img`, `img_shape` and `ori_shape`, (H, W), and `no_data`, bool, (H, W), if pixels are without data."""
        with self.open(results['img_path']) as dataset:
            image, empty = self.read(dataset)
        found = {} if empty is None else dict(no_data=empty)
        return {**results, **found, 'img': image, 'img_shape': image.shape[:2], 'ori_shape': image.shape[:2]}

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[Any]:
        """The rasterio dataset of a file."""
        with rasterio_errors() as rasterio, contextlib.ExitStack() as stack:
            if self.backend_args is not None:
                memory = rasterio.io.MemoryFile(fileio.get(path, backend_args=self.backend_args))
                dataset = stack.enter_context(stack.enter_context(memory).open())
            else:
                dataset = stack.enter_context(rasterio.open(path))
            parts = dataset.subdatasets
            if len(parts) > 1 and not self.pages:
                raise ValueError(f"'{path}' holds {len(parts)} images; if they are the channels of one, set pages=True "
                                 'of LoadTiff, else save them as files of their own')
            yield stack.enter_context(rasterio.open(joined(rasterio, path, parts))) if len(parts) > 1 else dataset

    def read(self, dataset: Any, window: Any = None) -> tuple[np.ndarray, np.ndarray | None]:
        """The image (H, W, channels) in a window of rasterio (default: all), and where it has no data, (H, W), bool,
        or None if it has data everywhere."""
        channels = range(dataset.count) if self.channels is None else self.channels
        if max(channels) >= dataset.count:
            place = 'the file' if dataset.name.startswith('<') else f"'{dataset.name}'"
            raise ValueError(f"{place} has {amount(dataset.count, 'band')}: there is no channel {max(channels)}; "
                             'correct LoadTiff.channels, which count from 0')
        image = np.ascontiguousarray(dataset.read([index + 1 for index in channels], window=window).transpose(1, 2, 0))
        if image.dtype != np.uint8:
            image = image.astype(np.float32)
        empty = no_data(dataset, channels, window)
        if image.dtype == np.float32 and np.isnan(image).any():
            lacking = np.isnan(image)
            empty = lacking.all(axis=2) | (False if empty is None else empty)
            image[lacking] = self.fill
        if empty is None or not empty.any():
            return image, None
        image[empty] = self.fill
        return image, empty

    def __repr__(self) -> str:
        return f'{type(self).__name__}(channels={self.channels}, fill={self.fill:g})'


@contextlib.contextmanager
def rasterio_errors() -> Iterator[Any]:
    """The module rasterio; a missing one is an ImportError with the command, and a missing place no warning."""
    try:
        import rasterio
        import rasterio.io
        from rasterio.errors import NotGeoreferencedWarning
    except ImportError as error:
        raise ImportError(INSTALL) from error
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', NotGeoreferencedWarning)
        yield rasterio


def joined(rasterio: Any, path: str, parts: Sequence[str]) -> str:
    """A virtual file of GDAL, with the images of one file as its bands; ValueError if they differ."""
    kinds = set()
    for part in parts:
        with rasterio.open(part) as page:
            kinds.add((page.width, page.height, page.dtypes))
    width, height, types = kinds.pop()
    if kinds or len(types) > 1:
        raise ValueError(f"'{path}' holds {len(parts)} images of several sizes, types or bands, which are no channels "
                         'of one; save them as files of their own')
    name = GDAL_TYPES.get(types[0], 'Float64')
    bands = ''.join(
        f'<VRTRasterBand dataType="{name}" band="{band}"><SimpleSource><SourceFilename>{escape(part)}</SourceFilename>'
        '<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>' for band, part in enumerate(parts, start=1))
    return f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}">{bands}</VRTDataset>'


def no_data(dataset: Any, channels: Sequence[int], window: Any = None) -> np.ndarray | None:
    """Where a rasterio dataset has no data in the channels, (H, W), bool; None if it does not say."""
    from rasterio.enums import ColorInterp, MaskFlags
    alpha = [index for index, kind in enumerate(dataset.colorinterp) if kind is ColorInterp.alpha]
    if alpha and alpha[0] not in channels:
        band = dataset.read(alpha[0] + 1, window=window)
        hidden, opaque = band == 0, band == np.iinfo(band.dtype).max
        return hidden if (hidden | opaque).all() else None  # GDAL calls the fourth band of any 8-bit image alpha
    flags = [set(dataset.mask_flag_enums[index]) for index in channels]
    if all(MaskFlags.all_valid in each or MaskFlags.alpha in each for each in flags):
        return None
    return (dataset.read_masks([index + 1 for index in channels], window=window) == 0).all(axis=0)
