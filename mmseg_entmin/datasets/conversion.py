# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Shared by the dataset converters: finding and reading files, and replacing label values."""
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from mmseg_entmin.errors import one_line

WHITE, DEEP_WHITE = 255, 65535


def find(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that match a pattern, sorted. Raises FileNotFoundError if there is none."""
    files = sorted(folder.glob(pattern))
    if not files:
        raise FileNotFoundError(f'{folder}: no {pattern} in it; give the folder of the unpacked release')
    return files


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns any error while reading into a ValueError that names the file; FileNotFoundError is kept."""
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:  # of any kind: the decoders' errors have no common class
        reason = one_line(error).replace(f" '{path}'", '')  # Pillow names it as well
        raise ValueError(f"'{path}' cannot be read: {reason}; replace it, or take it out") from error


@contextmanager
def any_size() -> Iterator[None]:
    """Lifts Pillow's limit of pixels, which is a protection against files of strangers."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def decoding(image: Image.Image) -> tuple[bool, int]:
    """How Pillow changes the gray values of an open file that is not decoded yet.

    Returns whether it inverts them, as for TIFF with PhotometricInterpretation 0 (WhiteIsZero) of up to 8 bits, and the
    stored value that it scales to 255: 3 or 15 for gray of 2 or 4 bits, the maximum of a PGM, else 255.
    """
    if image.mode not in ('1', 'L') or not image.tile:
        return False, WHITE
    decoder, arguments = image.tile[0][0], image.tile[0][3]
    form, *others = arguments if isinstance(arguments, tuple) else (arguments, )
    layout = str(form).partition(';')[2]  # like '4I': 4 bits, inverted
    top = (others or [WHITE])[0] if decoder.startswith('ppm') else {'2': 3, '4': 15}.get(layout[:1], WHITE)
    return image.format == 'TIFF' and 'I' in layout, top


def stored_pixels(image: Image.Image) -> np.ndarray:
    """The pixels of an open file with one channel as the file stores them, not as Pillow shows them."""
    inverted, top = decoding(image)
    if image.mode == 'I' and image.tile and image.tile[0][0].startswith('ppm'):  # a PGM, scaled to 0 to 65,535
        share = image.tile[0][3][1] / DEEP_WHITE
        return np.rint(np.asarray(image) * share).astype(np.int32)
    pixels = ~np.asarray(image) if inverted else np.asarray(image)
    return pixels if top == WHITE else np.rint(pixels * (top / WHITE)).astype(np.uint8)


def open_image(path: Path) -> Image.Image:
    """An image file, decoded completely; raises as `reading` does."""
    with reading(path), Image.open(path) as image:
        image.load()
        return image


def read_labels(path: Path) -> np.ndarray:
    """The stored values of a gray or paletted mask (the indices), (H, W). Raises ValueError for a color image."""
    with reading(path), Image.open(path) as image:
        labels = stored_pixels(image).copy()
    if labels.ndim != 2:
        raise ValueError(f'{path}: a mask has one channel, not shape {labels.shape}; give the unchanged release')
    return labels


def count_values(labels: np.ndarray) -> dict[int, int]:
    """Number of pixels of each value, the values sorted."""
    if labels.dtype == np.uint8:  # many times as fast as sorting
        counts = np.bincount(labels.ravel())
        values, counts = np.flatnonzero(counts), counts[counts > 0]
    else:
        starts, lengths = runs(labels)
        values, places = np.unique(starts, return_inverse=True)
        counts = np.bincount(places, lengths).astype(int)
    return dict(zip(values.tolist(), counts.tolist()))


def runs(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Value and length of each run of equal pixels, row by row; a mask has far fewer runs than pixels."""
    flat = labels.ravel()
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
    return flat[starts], np.diff(starts, append=flat.size)


def remap(labels: np.ndarray, table: Mapping[int, int], path: Path) -> np.ndarray:
    """Replaces label values, (H, W), by a table of new ones, 0 to 255; uint8. A value outside it raises ValueError."""
    values = list(count_values(labels))
    unknown = [value for value in values if value not in table]
    if unknown:
        known = sorted(table)
        dense = len(known) > 3 and known == list(range(known[0], known[-1] + 1))
        shown = f'{known[0]} to {known[-1]}' if dense else ', '.join(map(str, known))
        raise ValueError(f'{path}: unknown label values {unknown[:10]}; known are {shown}')
    new = np.array([table[value] for value in values], np.uint8)
    if labels.dtype != np.uint8:
        starts, lengths = runs(labels)
        return np.repeat(new[np.searchsorted(values, starts)], lengths).reshape(labels.shape)
    lookup = np.zeros(WHITE + 1, np.uint8)
    lookup[values] = new
    return lookup[labels]


def save_labels(labels: np.ndarray, path: Path) -> None:
    """Writes a mask as a gray PNG; makes parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(labels).save(path)
