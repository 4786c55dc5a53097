# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Sizes of images, from their headers."""
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from mmseg_entmin.datasets.checks.one_image import SIDEWAYS, rotates
from mmseg_entmin.datasets.checks.sample import ORIENTATION
from mmseg_entmin.datasets.conversion import any_size, reading
from mmseg_entmin.datasets.tiff import tiff_header


class Header(NamedTuple):
    """(Width, height) as stored, and the EXIF orientation that mmcv applies, 1 (upright) to 8."""

    size: tuple[int, int]
    orientation: int = 1

    @property
    def loaded_size(self) -> tuple[int, int]:
        return self.size[::-1] if self.orientation >= SIDEWAYS else self.size


def read_header(path: Path) -> Header:
    """The header of an image of any size; raises FileNotFoundError, or ValueError if it cannot be read."""
    if (tiff := tiff_header(path)) is not None and not tiff.plain:  # Pillow opens only some of them
        return Header(tiff.size)
    with reading(path), any_size(), Image.open(path) as image:
        # Image.getexif itself: that of PNG decodes the whole file first
        orientation = Image.Image.getexif(image).get(ORIENTATION, 1)
        turns = orientation in range(2, 9) and rotates('color', 'cv2', image.format)
        return Header(image.size, orientation if turns else 1)


def short_sides(images: Iterable[Path]) -> tuple[list[int], list[str]]:
    """Short sides in pixels of the images that can be measured, and the errors of the others."""
    sides, errors = [], []
    for path in images:
        try:
            sides.append(min(read_header(path).size))
        except ValueError as error:
            errors.append(str(error))
    return sides, errors
