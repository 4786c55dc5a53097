# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The regions of Label Studio's results: brush strokes, bit masks, polygons, rectangles and ellipses."""
import base64
import io

import numpy as np
from PIL import Image

from .brush_rle import decode
from .polygons import box, ellipse, fill, turn

PERCENT = 100.


def kind_of(result: dict) -> str:
    """Like 'brush' for results of type 'brush' and 'brushlabels'."""
    return str(result.get('type', '')).lower().removesuffix('labels')


def labels_of(result: dict) -> list[str]:
    """The classes of a result; none if nobody gave it one."""
    value = result.get('value') or {}
    return value.get(f'{kind_of(result)}labels') or value.get('labels') or []


def area(result: dict, size: tuple[int, int]) -> np.ndarray:
    """The pixels (H, W), bool, of a result of one of the kinds `AREAS`, of an image of width and height `size`.
    ValueError if it cannot be read."""
    kind = kind_of(result)
    if result.get('image_rotation'):
        raise ValueError(f"a {kind} was drawn on an image turned by {result['image_rotation']} degrees; turn it back "
                         'in the tool')
    try:
        return AREAS[kind](result['value'], size)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ValueError(f'a {kind} cannot be read: {type(error).__name__}: {error}') from error


def brush(value: dict, size: tuple[int, int]) -> np.ndarray:
    return decode(value['rle'], size[1], size[0])


def bitmask(value: dict, size: tuple[int, int]) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(value['imageDataURL'].partition(',')[2]))) as image:
        if image.size != size:
            raise ValueError(f'its picture is {image.size[0]} x {image.size[1]} pixels, not {size[0]} x {size[1]}')
        return np.asarray(image.convert('RGBA'))[..., 3] > 0  # black on transparent


def polygon(value: dict, size: tuple[int, int]) -> np.ndarray:
    return fill([(np.array(value['points'], float) * size / PERCENT).ravel().tolist()], size)


def rectangle(value: dict, size: tuple[int, int]) -> np.ndarray:
    """It is turned clockwise around its upper left corner."""
    left, top, width, height = pixels(value, size, 'x', 'y', 'width', 'height')
    corners = np.array(box(0, 0, width, height)).reshape(-1, 2) @ turn(value.get('rotation') or 0)
    return fill([(corners + (left, top)).ravel().tolist()], size)


def oval(value: dict, size: tuple[int, int]) -> np.ndarray:
    """It is turned clockwise around its center."""
    return fill([ellipse(*pixels(value, size, 'x', 'y', 'radiusX', 'radiusY'),
                         np.radians(value.get('rotation') or 0))], size)


def pixels(value: dict, size: tuple[int, int], *keys: str) -> list[float]:
    """Numbers that are in percent of width and height, in turn, in pixels."""
    return [float(value[key]) * size[place % 2] / PERCENT for place, key in enumerate(keys)]


AREAS = dict(brush=brush, bitmask=bitmask, polygon=polygon, rectangle=rectangle, ellipse=oval)
