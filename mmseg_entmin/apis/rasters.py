# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Images with a place on the earth, read in windows, and results that keep that place."""
import contextlib
import importlib.util
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.transforms import LoadImageFromFile

from mmseg_entmin.atomic import PARTIAL
from mmseg_entmin.datasets.checks.sample import ORIENTATION
from mmseg_entmin.datasets.conversion import any_size
from mmseg_entmin.datasets.tiff import tiff_header
from mmseg_entmin.datasets.transforms import LoadTiff
from mmseg_entmin.datasets.transforms.load_tiff import INSTALL, no_data, rasterio_errors

SUFFIXES = ('.tif', '.tiff', '.jp2', '.vrt')  # of files that may have a place
CACHE, MOST_CACHE = 64 << 20, 256 << 20  # bytes of decoded blocks that GDAL keeps


class WindowReader:
    """Reads windows of a file as the loader of a pipeline reads the whole: `LoadTiff`, or mmcv's `LoadImageFromFile`
    for gray or color of 8 bits. ValueError for other files and loaders."""

    def __init__(self, dataset: Any, loader: Any) -> None:
        self.dataset, self.loader = dataset, loader
        self.tiff = loader if isinstance(loader, LoadTiff) else LoadTiff()
        if not isinstance(loader, LoadTiff):
            self._refuse_other()

    def _refuse_other(self) -> None:
        from rasterio.enums import ColorInterp
        dataset, name = self.dataset, type(self.loader).__name__
        kinds = set(dataset.colorinterp)
        problem = None
        if type(self.loader) is not LoadImageFromFile:
            problem = f'{name} reads whole files'
        elif set(dataset.dtypes) != {'uint8'} or dataset.count not in (1, 3) or ColorInterp.palette in kinds:
            palette = ', with a palette' if ColorInterp.palette in kinds else ''
            problem = f'it has {dataset.count} band(s) of {dataset.dtypes[0]}{palette}'
        elif self.loader.color_type not in ('color', 'unchanged') and dataset.count == 3:
            problem = f'color_type={self.loader.color_type!r} makes gray of its colors'
        elif orientation(dataset.name) > 1:
            problem = 'EXIF turns it'
        if problem:
            raise ValueError(f"'{dataset.name}' cannot be read in tiles: {problem}; set dict(type='LoadTiff') in the "
                             'test pipeline, or give --tile 0')

    def read(self, window: Any = None) -> tuple[np.ndarray, np.ndarray | None]:
        """The image in a window, as the loader gives it, and where it has no data, (H, W), or None."""
        image, empty = self.tiff.read(self.dataset, window)
        if self.tiff is self.loader:
            return image, empty
        if image.shape[2] == 3:
            image = image[..., ::-1]
        elif self.loader.color_type == 'color':
            image = image.repeat(3, axis=2)
        else:
            image = image[..., 0]
        return np.ascontiguousarray(image, np.float32 if self.loader.to_float32 else None), empty


def orientation(path: str) -> int:
    """The EXIF orientation of a file, 1 (upright) to 8; 1 for formats that Pillow does not know."""
    from PIL import Image
    with contextlib.suppress(Exception), any_size(), Image.open(path) as image:
        return Image.Image.getexif(image).get(ORIENTATION, 1)
    return 1


@contextlib.contextmanager
def opened(path: str | Path, loader: Any = None) -> Iterator[Any]:
    """The rasterio dataset of a file as a loader sees it, with a bounded cache."""
    tiff = loader if isinstance(loader, LoadTiff) else LoadTiff()
    with rasterio_errors() as rasterio, rasterio.Env(GDAL_CACHEMAX=CACHE), tiff.open(str(path)) as dataset:
        yield dataset


def cache_of(dataset: Any, rows: int) -> int:
    """Bytes that GDAL has to keep so that tiles of so many rows decode no block many times: the strips that all tiles
    of a row of tiles share, up to a bound; blocks that are no strips need little."""
    strips = dataset.block_shapes[0][1] >= dataset.width
    pixel = sum(np.dtype(kind).itemsize for kind in dataset.dtypes)
    return min(MOST_CACHE, CACHE + strips * rows * dataset.width * pixel)


def image_size(path: str | Path) -> tuple[int, int] | None:
    """(H, W) of a file by its header; None if it cannot be read."""
    if (header := tiff_header(path)) is not None:
        return header.size[::-1]
    from PIL import Image
    with contextlib.suppress(Exception), any_size(), Image.open(path) as image:
        return image.size[::-1]
    return None


def place(path: str | Path) -> dict | None:
    """Where a file lies: the options crs, transform, gcps and rpcs of a new file; None for a file without a place.
    ImportError without rasterio for a TIFF that has one."""
    if Path(path).suffix.lower() not in SUFFIXES:
        return None
    if importlib.util.find_spec('rasterio') is None:
        header = tiff_header(path)
        if header is not None and header.placed:
            raise ImportError(f"'{path}' has a place on the earth, and {INSTALL}; or give --format png, which has none")
        return None
    with contextlib.suppress(OSError), rasterio_errors() as rasterio, rasterio.open(path) as file:
        gcps, crs = file.gcps
        found = dict(crs=file.crs or crs, gcps=gcps or None, rpcs=file.rpcs,
                     transform=None if file.transform.is_identity else file.transform)
        found = {key: value for key, value in found.items() if value}
        return found or None
    return None


def pixels_without_data(path: str | Path, loader: Any) -> np.ndarray | None:
    """Where an image has no data, (H, W), bool; None if it has some everywhere, or if its format cannot say so."""
    if Path(path).suffix.lower() not in SUFFIXES:
        return None
    with contextlib.suppress(ImportError, OSError, ValueError), opened(path, loader) as dataset:
        if isinstance(loader, LoadTiff):
            return loader.read(dataset)[1]
        empty = no_data(dataset, range(min(dataset.count, 3)))
        return empty if empty is not None and empty.any() else None
    return None


class RasterWriter:
    """Writes a GeoTIFF in windows, to another name until it is whole; a context, which gives itself.

    Args:
        path: of the file.
        size: (H, W).
        dtype: of the pixels.
        nodata: the value of pixels without data.
        where: what `place` returned; None for a file without a place.
        palette: RGB of each class, for masks.
    """

    def __init__(self, path: Path, size: Sequence[int], dtype: str, nodata: float, where: dict | None = None,
                 palette: Sequence[Sequence[int]] | None = None) -> None:
        self.path = path
        self.partial = path.with_name(f'.{path.name}.{secrets.token_hex(4)}{PARTIAL}')
        self.options = dict(driver='GTiff', height=size[0], width=size[1], count=1, dtype=dtype, nodata=nodata,
                            compress='deflate', tiled=True, blockxsize=256, blockysize=256, BIGTIFF='IF_SAFER',
                            **{key: value for key, value in (where or {}).items() if key != 'rpcs'})
        self.rpcs, self.palette = (where or {}).get('rpcs'), palette

    def __enter__(self) -> 'RasterWriter':
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.stack = contextlib.ExitStack()
        rasterio = self.stack.enter_context(rasterio_errors())
        self.file = self.stack.enter_context(rasterio.open(self.partial, 'w', **self.options))
        if self.palette is not None:
            self.file.write_colormap(1, {index: tuple(color) for index, color in enumerate(self.palette)})
        if self.rpcs:
            self.file.rpcs = self.rpcs
        return self

    def write(self, pixels: np.ndarray, row: int = 0, column: int = 0) -> None:
        """Writes pixels (h, w) at a place."""
        from rasterio.windows import Window
        self.file.write(pixels, 1, window=Window(column, row, pixels.shape[1], pixels.shape[0]))

    def __exit__(self, kind: type | None, *error: Any) -> None:
        try:
            self.stack.close()
            if kind is None:
                with open(self.partial, 'rb+') as file:
                    os.fsync(file.fileno())
                os.replace(self.partial, self.path)
        finally:
            self.partial.unlink(missing_ok=True)
