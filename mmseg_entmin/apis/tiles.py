# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Prediction of images that are larger than memory, in tiles."""
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.transforms import LoadImageFromFile
from mmengine.dataset import Compose

from mmseg_entmin.errors import one_line

from .inferencer import EntMinInferencer
from .prediction import Prediction
from .rasters import WindowReader, cache_of, image_size, opened
from .reading import Loaded, UnreadableImage
from .tile_grid import Tile, layouts, tiles

SIDE, LARGE = 2048, 8192**2  # of a tile by default, and pixels of an image from which on there are tiles by default
MAPS = ('labels', 'confidence', 'entropy', 'variance', 'gradient', 'no_data')


def resizes(inferencer: EntMinInferencer) -> bool:
    """Whether the test pipeline changes the size of images."""
    return any('Resize' in type(step).__name__ for step in inferencer.pipeline.transforms)


def is_large(path: str | Path, inferencer: EntMinInferencer) -> bool:
    """Whether an image goes in tiles by default: it has more than 8192 x 8192 pixels and is not resized."""
    size = image_size(path)
    return size is not None and size[0] * size[1] > LARGE and not resizes(inferencer)


def loader_of(inferencer: EntMinInferencer) -> Any:
    """What reads files in the test pipeline; ValueError if its first step does not."""
    first = inferencer.pipeline.transforms[0]
    first = getattr(first, 'from_file', first)
    if not isinstance(first, LoadImageFromFile) and 'Load' not in type(first).__name__:
        raise ValueError(f'the test pipeline begins with {type(first).__name__}: tiles need a loader there, like '
                         "dict(type='LoadTiff')")
    return first


class TiledImage:
    """The predictions of one image, tile by tile.

    Each tile goes through the test pipeline as an image of its own. The outermost pixels of a tile are dropped where
    another tile has them further inside. So the result is that of the whole image up to float rounding if `overlap` / 2
    is at least as far as the network sees, and with sliding windows. A network that looks at the whole image (pyramid
    pooling, attention), and a `Resize` of the pipeline, see the tile in its place.

    Args:
        inferencer: predicts.
        path: of the image.
        dataset: its file, opened by rasterio.
        side: of the tiles, in pixels. Default 2048.
        overlap: pixels that neighboring tiles share; without effect on sliding windows. Default: a quarter of the side.
    """

    def __init__(self, inferencer: EntMinInferencer, path: str | Path, dataset: Any, side: int = SIDE,
                 overlap: int | None = None) -> None:
        self.inferencer, self.reader = inferencer, WindowReader(dataset, loader_of(inferencer))
        self.source, self.size = str(path), (dataset.height, dataset.width)
        test_cfg = dict(inferencer.model.test_cfg or {})
        self.tiles = list(tiles(self.size, layouts(side, overlap, test_cfg, resizes(inferencer))))
        self.presence: np.ndarray | None = None  # of each class, (C, ), the largest over the tiles until now
        self.steps = Compose(inferencer.pipeline.transforms[1:])

    def __iter__(self) -> Iterator[tuple[int, int, Prediction]]:
        """Row and column of the first pixel of a part of the image, and its prediction; the parts cover the image."""
        for tile in self.tiles:
            prediction = self.predict(tile)
            if prediction.presence is not None:
                known = prediction.presence if self.presence is None else self.presence
                self.presence = np.maximum(known, prediction.presence)
            maps = {name: getattr(prediction, name) for name in MAPS}
            yield tile.rows.first, tile.columns.first, replace(
                prediction, **{name: each[tile.kept] for name, each in maps.items() if each is not None})

    def predict(self, tile: Tile) -> Prediction:
        """The prediction of a whole tile."""
        from rasterio.windows import Window
        rows, columns = tile
        window = Window.from_slices((rows.start, rows.stop), (columns.start, columns.stop))
        with naming(self.source):
            image, empty = self.reader.read(window)
        data = self.steps(dict(img=image, img_path=self.source, img_shape=image.shape[:2], ori_shape=image.shape[:2]))
        self.inferencer.reader.check_channels(self.source, data)
        return self.inferencer.predict(Loaded(self.source, data, empty))


@contextmanager
def naming(path: str | Path) -> Iterator[None]:
    """Turns GDAL's errors into an `UnreadableImage` that names the file."""
    try:
        yield
    except OSError as error:
        raise UnreadableImage(f'{path}: not read: {one_line(error.__cause__ or error)}') from error


@contextmanager
def open_tiled(inferencer: EntMinInferencer, path: str | Path, side: int = SIDE,
               overlap: int | None = None) -> Iterator[TiledImage]:
    """The predictions of an image file, tile by tile."""
    with ExitStack() as stack:
        with naming(path):
            dataset = stack.enter_context(opened(path, loader_of(inferencer)))
        import rasterio
        stack.enter_context(rasterio.Env(GDAL_CACHEMAX=cache_of(dataset, side)))
        yield TiledImage(inferencer, path, dataset, side, overlap)
