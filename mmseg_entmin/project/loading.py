# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""How a project reads its images: mmcv's loader, or `LoadTiff` where that would change the values of TIFFs."""
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_entmin.datasets.checks.look_through import evenly
from mmseg_entmin.datasets.conversion import reading
from mmseg_entmin.datasets.tiff import TiffHeader, tiff_header
from mmseg_entmin.datasets.transforms import LoadTiff
from mmseg_entmin.words import amount

IGNORED = 255
COLORS, MOST = 3, 32  # channels of pretrained networks; images that mean and std are taken from
GRAY, RGB = (0, ) * COLORS, (0, 1, 2)
SUFFIXES = ('.tif', '.tiff')


class Loading(NamedTuple):
    """The loader of a project's pipelines, the transforms of colors, and what the network has to know."""

    loader: str = "dict(type='LoadImageFromFile')"
    colors: str = "    dict(type='PhotoMetricDistortion'),\n"  # for images of three channels and 8 bits
    channels: int = COLORS
    mean: list[float] | None = None  # of each channel; None: those of the base, as std
    std: list[float] | None = None
    note: str = ''
    tiff: LoadTiff | None = None

    def with_data(self, labels: np.ndarray, image: Path) -> np.ndarray:
        """Labels (H, W) of an image, with 255 where `LoadTiff` finds no data in it."""
        if self.tiff is None:
            return labels
        with reading(image):
            empty = self.tiff(dict(img_path=str(image))).get('no_data')
        return labels if empty is None else np.where(empty, np.uint8(IGNORED), labels)


def choose_loading(images: dict[str, Path], channels: Sequence[int] = ()) -> Loading:
    """The loading of images, by name: `LoadTiff` if they are TIFFs of several bands or of more than 8 bits, or if
    `channels` (indices from 0) are to be taken. ValueError for TIFFs of different numbers of bands, or other files."""
    headers = {path: header for path in images.values() if path.suffix.lower() in SUFFIXES
               and (header := tiff_header(path)) is not None}
    if channels and len(headers) < len(images):
        other = next(path for path in images.values() if path not in headers)
        raise ValueError(f"--channels takes bands of TIFFs, and '{other}' is none; leave it out")
    unusual = [header for header in headers.values() if not header.plain or header.bits > 8]
    if not channels and not unusual:
        return Loading()
    taken = tuple(channels) or common_colors(headers)
    refuse_mixed(headers, taken)
    header, paths = next(iter(headers.values())), list(headers)
    paths = [paths[index] for index in evenly(len(paths))[:MOST]]
    taken = taken or default_channels(header, paths)
    loader = LoadTiff(taken or None)
    count = len(taken) or header.bands
    mean, std = statistics(loader, paths)
    return Loading(f"dict(type='LoadTiff'{f', channels={taken}' if taken else ''})",
                   Loading().colors if count == COLORS and header.bits <= 8 else '', count, mean, std,
                   describe(header, taken, count), loader)


def common_colors(headers: Mapping[Path, TiffHeader]) -> tuple[int, ...]:
    """The three colors of TIFFs of which some have a band of transparency too, else ()."""
    more = [path for path, header in headers.items() if header.bands == COLORS + 1]
    mixed = {header.bands for header in headers.values()} == {COLORS, COLORS + 1}
    looked = [more[index] for index in evenly(len(more))[:MOST]] if mixed else []
    return RGB if mixed and headers[more[0]].kind == 'u' and all(map(last_is_alpha, looked)) else ()


def refuse_mixed(headers: Mapping[Path, TiffHeader], taken: Sequence[int]) -> None:
    """Raises ValueError for TIFFs of different numbers of bands, of which none are taken, or of different bits."""
    def parts(key: Callable[[TiffHeader], Hashable]) -> list[tuple[Hashable, list[Path]]]:
        found = defaultdict(list)
        for path, header in headers.items():
            found[key(header)].append(path)
        return sorted(found.items(), key=lambda item: len(item[1]))

    by_bands, by_bits = parts(lambda header: header.bands), parts(lambda header: (header.kind, header.bits))
    if len(by_bands) > 1 and not taken:
        (few, rare), *_, (many, paths) = by_bands
        common = ' '.join(map(str, range(min(few, many))))
        raise ValueError(f"'{rare[0]}' has {amount(few, 'band')} ({amount(len(rare), 'image')}), but '{paths[0]}' "
                         f'{many} ({len(paths)} images): a network takes one number; give --channels {common} '
                         'for the bands that both have, or leave some out, with --image-suffix or --leave-out')
    if len(by_bits) > 1:
        ((kind, bits), rare), *_, ((other, others), paths) = by_bits
        raise ValueError(f"'{rare[0]}' has values of {bits} bits ({amount(len(rare), 'image')}), but '{paths[0]}' of "
                         f'{others} ({len(paths)} images), which are no values of one scale; convert or leave out some')


def default_channels(header: TiffHeader, paths: Sequence[Path]) -> tuple[int, ...]:
    """Gray thrice, which pretrained networks take; gray or colors where the last band is only opaque or transparent;
    else () for all bands."""
    if header.bands == 1:
        return GRAY
    if header.bands in (2, 4) and header.kind == 'u' and all(map(last_is_alpha, paths)):
        return GRAY if header.bands == 2 else RGB
    return ()


def last_is_alpha(path: Path) -> bool:
    """Whether the last band of a TIFF holds no values but 0 and the largest of its type."""
    with reading(path), LoadTiff().open(str(path)) as dataset:
        band = dataset.read(dataset.count)
    opaque = np.iinfo(band.dtype).max
    return bool(np.isin(band, (0, opaque)).all() and (band == opaque).any())


def statistics(loader: LoadTiff, paths: Sequence[Path]) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel, over all pixels with data."""
    total = count = squares = 0
    for path in paths:
        with reading(path):
            found = loader(dict(img_path=str(path)))
        image = found['img'].astype(np.float64)
        pixels = image[~found['no_data']] if 'no_data' in found else image.reshape(-1, image.shape[2])
        total, count, squares = total + pixels.sum(axis=0), count + len(pixels), squares + (pixels**2).sum(axis=0)
    mean = total / max(count, 1)
    std = np.sqrt(np.maximum(squares / max(count, 1) - mean**2, 0))
    std[std == 0] = 1.  # a band of one value
    return [[float(f'{value:.6g}') for value in values] for values in (mean, std)]


def describe(header: TiffHeader, taken: tuple[int, ...], count: int) -> str:
    """What is said of the choice."""
    kept = 'gray, three times' if taken == GRAY else f'bands {", ".join(map(str, taken))}' if taken else 'all bands'
    note = (f"the images are {str(header).replace('a TIFF', 'TIFFs')}, read by LoadTiff with their stored values "
            f'({kept}; mean and std are theirs)')
    return note if count == COLORS else f'{note}; pretrained weights of the first layer, for {COLORS}, are left out'
