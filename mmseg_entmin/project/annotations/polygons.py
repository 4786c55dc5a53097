# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The one rule by which outlines become pixels: that of pycocotools, whatever tool drew them.

A square from (1, 1) to (4, 4) has 9 pixels; OpenCV and Pillow draw the boundary as well, 16 pixels. Lines and
points have no area and are drawn as labelme does.
"""
from collections.abc import Sequence
from types import ModuleType

import numpy as np
from PIL import Image, ImageDraw

CORNERS = 180  # of an ellipse
LINE, POINT = 10, 5  # the width of lines and the radius of points, which have no area, in pixels; those of labelme
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
    return library.decode(library.merge(library.frPyObjects(areas, height, width))).view(bool)


def fill_but(exterior: Sequence[float], holes: Sequence[Sequence[float]], size: tuple[int, int]) -> np.ndarray:
    """The pixels of a polygon that are in none of its holes, (H, W), bool."""
    return fill([exterior], size) & ~fill(holes, size)


def flat(points: Sequence[Sequence[float]]) -> list[float]:
    """The coordinates of points as `fill` takes them."""
    return [float(number) for x, y in points for number in (x, y)]


def box(left: float, top: float, right: float, bottom: float) -> list[float]:
    """A rectangle as `fill` takes it."""
    return [left, top, right, top, right, bottom, left, bottom]


def ellipse(x: float, y: float, width: float, height: float, angle: float = 0) -> list[float]:
    """An ellipse as `fill` takes it, from its center and half its width and height; `angle` in radians, clockwise."""
    steps = np.arange(CORNERS) * (2 * np.pi / CORNERS)
    along, across = width * np.cos(steps), height * np.sin(steps)
    points = np.stack([x + along * np.cos(angle) - across * np.sin(angle),
                       y + along * np.sin(angle) + across * np.cos(angle)], axis=1)
    return points.ravel().tolist()


def turn(degrees: float) -> np.ndarray:
    """The matrix by which points (N, 2) are multiplied to be turned clockwise around (0, 0)."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cos, sin], [-sin, cos]])


def stroke(points: Sequence[Sequence[float]], size: tuple[int, int], width: int = LINE) -> np.ndarray:
    """The pixels (H, W), bool, of a line through points, as Pillow draws it."""
    image = Image.new('1', size)
    ImageDraw.Draw(image).line([(float(x), float(y)) for x, y in points], fill=1, width=width)
    return np.asarray(image).copy()
