# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Shared by the dataset converters: finding and reading files, and replacing label values."""
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from mmseg_entmin.errors import one_line


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


def open_image(path: Path) -> Image.Image:
    """An image file, decoded completely; raises as `reading` does."""
    with reading(path), Image.open(path) as image:
        image.load()
        return image


def read_labels(path: Path) -> np.ndarray:
    """The values of a gray or paletted mask (the indices), (H, W). Raises ValueError for a color image."""
    labels = np.array(open_image(path))
    if labels.ndim != 2:
        raise ValueError(f'{path}: a mask has one channel, not shape {labels.shape}; give the unchanged release')
    return labels


def remap(labels: np.ndarray, table: Mapping[int, int], path: Path) -> np.ndarray:
    """Replaces label values (integers, (H, W)) by a table of new values, 0 to 255; the result is uint8.

    A value outside the table raises ValueError that names the file, `path`.
    """
    values, inverse = np.unique(labels, return_inverse=True)
    unknown = [int(value) for value in values if int(value) not in table]
    if unknown:
        known = sorted(table)
        dense = len(known) > 3 and known == list(range(known[0], known[-1] + 1))
        shown = f'{known[0]} to {known[-1]}' if dense else ', '.join(map(str, known))
        raise ValueError(f'{path}: unknown label values {unknown[:10]}; known are {shown}')
    return np.array([table[int(value)] for value in values], np.uint8)[inverse].reshape(labels.shape)


def save_labels(labels: np.ndarray, path: Path) -> None:
    """Writes a mask as a gray PNG; makes parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(labels).save(path)
