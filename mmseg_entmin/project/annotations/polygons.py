# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The one rule by which outlines become pixels: that of pycocotools, whatever tool drew them.

A pixel belongs to a polygon if its center does, with a boundary that is drawn on a grid five times as fine; a square
from (1, 1) to (4, 4) has 9 pixels. OpenCV and Pillow would draw the boundary as well, 16 pixels.
"""
from collections.abc import Sequence
from types import ModuleType

import numpy as np

FAR = 20  # pycocotools takes memory by the length of the outline
MISSING = "the Python library '{}' is needed to read this export; install it: pip install 'mmseg_entmin[annotations]'"


def mask_library() -> ModuleType:
    """`pycocotools.mask`; ValueError with the command that installs it."""
    try:
        from pycocotools import mask
    except ImportError as error:
        raise ValueError(MISSING.format('pycocotools')) from error
    return mask


def fill(polygons: Sequence[Sequence[float]], size: tuple[int, int]) -> np.ndarray:
    """The pixels (H, W), bool, in any of the polygons, so that parts that overlap are filled.

    Args:
        polygons: flat coordinates x, y, x, y, ... in pixels, where (0, 0) is the outer corner of the first pixel. Those
            of fewer than 3 points have no area.
        size: width and height of the image. What lies outside is cut off.

    Raises ValueError for coordinates that are no numbers, or further from the image than `FAR` times its size.
    """
    library = mask_library()
    width, height = size
    areas = [[float(number) for number in polygon] for polygon in polygons if len(polygon) >= 6]
    for area in areas:
        limits = [FAR * width, FAR * height] * (len(area) // 2)
        if len(area) % 2 or not all(abs(number) <= limit for number, limit in zip(area, limits)):  # nor NaN
            raise ValueError(f'a polygon, {str(area)[:60]}..., has points far outside the image of {width} x {height} '
                             'pixels, or a coordinate without its partner; mend it in the tool')
    if not areas:
        return np.zeros((height, width), bool)
    return library.decode(library.merge(library.frPyObjects(areas, height, width))).astype(bool)


def flat(points: Sequence[Sequence[float]]) -> list[float]:
    """The coordinates of points as `fill` takes them."""
    return [float(number) for x, y in points for number in (x, y)]
