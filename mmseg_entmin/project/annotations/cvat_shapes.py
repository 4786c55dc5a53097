# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The areas of CVAT's shapes: masks, polygons, boxes and ellipses."""
from xml.etree.ElementTree import Element

import numpy as np

from .polygons import box, ellipse, fill, turn
from .run_lengths import from_counts


def area(shape: Element, size: tuple[int, int]) -> np.ndarray:
    """The pixels (H, W), bool, of a shape of one of the kinds `AREAS`, of an image of width and height `size`.
    ValueError if it cannot be read."""
    try:
        return AREAS[shape.tag](shape, size)
    except (TypeError, ValueError) as error:
        raise ValueError(f"a {shape.tag} of {shape.get('label')} cannot be read: {error}") from error


def mask(shape: Element, size: tuple[int, int]) -> np.ndarray:
    """Run lengths, the first one of hidden pixels, row by row in a box."""
    left, top, width, height = (int(number(shape, key)) for key in ('left', 'top', 'width', 'height'))
    part = from_counts([int(count) for count in text(shape, 'rle').split(',')], height, width)
    shown = np.zeros(size[::-1], bool)
    if min(left, top) < 0 or left + width > size[0] or top + height > size[1]:
        raise ValueError(f'its box, {width} x {height} pixels at ({left}, {top}), is not inside the image of {size[0]} '
                         f'x {size[1]} pixels')
    shown[top:top + height, left:left + width] = part
    return shown


def polygon(shape: Element, size: tuple[int, int]) -> np.ndarray:
    points = [[float(part) for part in pair.split(',')] for pair in text(shape, 'points').split(';')]
    return fill([np.array(points).ravel().tolist()], size)


def rectangle(shape: Element, size: tuple[int, int]) -> np.ndarray:
    """It is turned clockwise around its center."""
    left, top, right, bottom = (number(shape, key) for key in ('xtl', 'ytl', 'xbr', 'ybr'))
    center = np.array([left + right, top + bottom]) / 2
    corners = np.array(box(left, top, right, bottom)).reshape(-1, 2) - center
    return fill([(corners @ turn(angle(shape)) + center).ravel().tolist()], size)


def oval(shape: Element, size: tuple[int, int]) -> np.ndarray:
    """It is turned clockwise around its center."""
    return fill([ellipse(*(number(shape, key) for key in ('cx', 'cy', 'rx', 'ry')), np.radians(angle(shape)))], size)


def angle(shape: Element) -> float:
    return float(shape.get('rotation') or 0)


def number(shape: Element, key: str) -> float:
    return float(text(shape, key))


def text(shape: Element, key: str) -> str:
    if shape.get(key) is None:
        raise ValueError(f'it has no {key}')
    return shape.get(key)


AREAS = dict(mask=mask, polygon=polygon, box=rectangle, ellipse=oval)
