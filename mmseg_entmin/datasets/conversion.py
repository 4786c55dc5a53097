# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the tools that write data sets share: finding and reading files, and rewriting label values."""
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from mmseg_entmin.errors import one_line


def find(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder that match a pattern, sorted.

    Raises:
        FileNotFoundError: If there is none.
    """
    files = sorted(folder.glob(pattern))
    if not files:
        raise FileNotFoundError(f'{folder}: no {pattern} in it; give the folder of the unpacked release')
    return files


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Names the file in whatever goes wrong while it is read.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:  # of any kind: the decoders' errors have no common class
        reason = one_line(error).replace(f" '{path}'", '')  # Pillow names it as well
        raise ValueError(f"'{path}' cannot be read: {reason}; replace it, or take it out") from error


def open_image(path: Path) -> Image.Image:
    """An image file, decoded to its end; errors are those of :func:`reading`."""
    with reading(path), Image.open(path) as image:
        image.load()
        return image


def read_labels(path: Path) -> np.ndarray:
    """The values of a grey or paletted mask (the indices, not the colours), shape (H, W).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file cannot be read, or is a colour image.
    """
    labels = np.array(open_image(path))
    if labels.ndim != 2:
        raise ValueError(f'{path}: a mask has one channel, not shape {labels.shape}; give the unchanged release')
    return labels


def remap(labels: np.ndarray, table: Mapping[int, int], path: Path) -> np.ndarray:
    """Replace label values.

    Args:
        labels (np.ndarray): Of integers >= 0, shape (H, W).
        table (dict): New value, 0 to 255, of every value that may occur.
        path (Path): File of the labels, to name in the error.

    Returns:
        np.ndarray: Of uint8, shape (H, W).

    Raises:
        ValueError: If a value is not in the table.
    """
    values, inverse = np.unique(labels, return_inverse=True)
    unknown = [int(value) for value in values if int(value) not in table]
    if unknown:
        raise ValueError(f'{path}: unknown label values {unknown[:10]}; known are {_brief(sorted(table))}')
    return np.array([table[int(value)] for value in values], np.uint8)[inverse].reshape(labels.shape)


def save_labels(labels: np.ndarray, path: Path) -> None:
    """Write a mask as a grey PNG, making parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(labels).save(path)


def _brief(values: list) -> str:
    if len(values) > 3 and values == list(range(values[0], values[-1] + 1)):
        return f'{values[0]} to {values[-1]}'
    return ', '.join(map(str, values))
