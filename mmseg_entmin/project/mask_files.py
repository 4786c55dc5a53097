# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks in the forms that annotation tools write, as labels.

A mask is first read as integers, its codes: gray values, palette indices, colors as 0xRRGGBB, or 0 and 1 of a
threshold. The class of each code is given by the user (colors, values) or found from all masks together.
"""
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_entmin.datasets.conversion import count_values

from .in_parallel import in_parallel
from .palette import CLEAR, Color
from .stored_masks import Stored, one_hot, read_stored

IGNORED = 255
HIDDEN = -(1 << 31)  # the code of pixels whose alpha is 0
SHOWN = 12


class Coding(NamedTuple):
    """What the codes of masks are."""

    colored: bool = False  # colors, also of pictures with a palette
    threshold: float | None = None  # 0 below it, 1 from it on
    num_classes: int = 0  # for masks with one channel a class


class Found(NamedTuple):
    """The codes of one mask."""

    counts: dict[int, int]  # number of pixels
    border: dict[int, int]  # number of the outermost pixels
    palette: bytes  # 3 bytes an index; empty without a palette
    clear: frozenset[int]  # transparent indices
    white_is_zero: bool  # whether viewers show the opposite of the stored values


class Survey(NamedTuple):
    """The codes of all masks."""

    masks: list[Found]
    counts: Counter  # number of pixels in all masks
    colors: dict[int, Color]  # of the indices, where masks have a palette


def read_codes(path: Path, coding: Coding = Coding()) -> np.ndarray:
    """The stored codes of a mask, (H, W), integers, HIDDEN where it is transparent.

    ValueError: unexpected colors, several frames, values that are not integers, or an unreadable file.
    """
    return codes_and_file(path, coding)[0]


def codes_and_file(path: Path, coding: Coding = Coding()) -> tuple[np.ndarray, Stored]:
    """The same, and what the file holds."""
    stored = read_stored(path, coding.colored)
    pixels, hidden = stored.pixels, stored.hidden
    if stored.channels:
        pixels = one_hot(pixels, path, coding.num_classes)
    if pixels.ndim == 3 and coding.colored:
        codes = encode(pixels)
    else:
        if pixels.ndim == 3:
            refuse_colors(path, pixels, hidden)
            pixels = pixels[..., 0]
        codes = whole_numbers(path, pixels) if coding.threshold is None else above(path, pixels, coding.threshold)
    if hidden is not None and hidden.any():
        codes = np.where(hidden, 0 if coding.threshold is not None else HIDDEN, codes.astype(np.int64))
    return codes, stored


def encode(pixels: np.ndarray) -> np.ndarray:
    """RGB (H, W, 3) to 0xRRGGBB (H, W)."""
    red, green, blue = (pixels[..., channel].astype(np.int32) for channel in range(3))
    return red << 16 | green << 8 | blue


def refuse_colors(path: Path, pixels: np.ndarray, hidden: np.ndarray | None) -> None:
    """Raises ValueError if an image (H, W, 3) has visible colors that are not gray."""
    gray = (pixels == pixels[..., :1]).all(axis=2) | (False if hidden is None else hidden)
    if not gray.all():
        codes = encode(pixels) if hidden is None else np.where(hidden, HIDDEN, encode(pixels))
        found = ', '.join(f"'{show(code, True)}' ({share:.1%})" for code, share in shares(count_values(codes)))
        raise ValueError(f"'{path}' is in colors: {found}; say which is which class with --colors, in the order of "
                         '--classes, or with a file of names and colors')


def whole_numbers(path: Path, pixels: np.ndarray) -> np.ndarray:
    """The pixels as integers; raises ValueError for others."""
    if pixels.dtype.kind in 'bu' and pixels.dtype.itemsize == 1:
        return pixels.astype(np.uint8)
    codes = pixels.astype(np.int64) if pixels.dtype.kind in 'iu' else np.nan_to_num(pixels).astype(np.int64)
    if pixels.dtype.kind == 'f' and (codes != pixels).any():
        others = pixels[codes != pixels]
        values = ', '.join(f'{value:g}' for value in np.unique(others)[:SHOWN])
        middle = '0.5' if np.nanmin(pixels) >= 0 and np.nanmax(pixels) <= 1 else '128'
        remedy = 'save it with a whole number for each class' if np.isnan(others).any() else \
            f'give --threshold {middle} if, of 2 classes, higher values are the second, or save it with a whole ' \
            'number for each class'
        raise ValueError(f"'{path}' holds values that are no whole numbers: {values}; {remedy}")
    return codes


def above(path: Path, pixels: np.ndarray, threshold: float) -> np.ndarray:
    """1 where a pixel is at least the threshold, else 0."""
    if pixels.dtype.kind == 'f' and np.isnan(pixels).any():
        raise ValueError(f"'{path}' holds nan, which is on no side of a threshold; save it with numbers")
    return (pixels >= threshold).astype(np.uint8)


def survey(masks: Iterable[Path], coding: Coding = Coding()) -> Survey:
    """The codes of all masks; raises ValueError if one index has several colors."""
    masks = list(masks)
    found = in_parallel(lambda path: found_in(path, coding), masks)
    total: Counter = Counter()
    meaning: dict[int, tuple[Color, Path]] = {}
    for path, mask in zip(masks, found):
        for code, count in mask.counts.items():
            total[code] += count
        for index in mask.counts if mask.palette else ():
            color = tuple(mask.palette[3 * index:3 * index + 3])
            known, first = meaning.setdefault(index, (color, path))
            if color != known and coding.threshold is None:
                raise ValueError(f"index {index} is color {known} in '{first}', but {color} in '{path}': each mask "
                                 'has a palette of its own, so say with --colors which color is which class')
    return Survey(found, total, {index: color for index, (color, _) in meaning.items() if len(color) == 3})


def found_in(path: Path, coding: Coding) -> Found:
    """The codes of one mask."""
    codes, stored = codes_and_file(path, coding)
    counts = count_values(codes)
    return Found(counts, count_values(border(codes)), stored.palette, stored.clear & counts.keys(),
                 stored.white_is_zero)


def border(labels: np.ndarray) -> np.ndarray:
    """The outermost pixels of (H, W)."""
    return np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])


def indexed_colors(palette: bytes) -> dict[int, Color]:
    """The colors of a palette by index."""
    return {i // 3: tuple(palette[i:i + 3]) for i in range(0, len(palette), 3)}


def shares(counts: Mapping[int, int]) -> list[tuple[int, float]]:
    """The most common codes and their shares of the pixels."""
    total = sum(counts.values())
    return [(code, count / total) for code, count in Counter(counts).most_common(SHOWN)]


def show(code: int, colored: bool) -> str:
    """A code as text."""
    return CLEAR if code == HIDDEN else f'#{code:06x}' if colored else str(code)
