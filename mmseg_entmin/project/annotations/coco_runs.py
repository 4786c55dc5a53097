# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Run lengths of COCO, decoded by pycocotools after a check: it returns random pixels for runs that are too short."""
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .polygons import mask_library

FIRST, BITS, LOWEST = 48, 5, 48 + 64  # the characters, which hold 5 bits each and whether more follow


def decode(code: Mapping[str, Any]) -> np.ndarray:
    """The pixels (H, W), bool, of run lengths, compressed or not; ValueError if they do not fill the image exactly."""
    library = mask_library()
    height, width = code['size']
    counts = code['counts']
    runs = counts if isinstance(counts, list) else list(lengths(counts))
    if sum(runs) != height * width or min(runs, default=0) < 0:
        raise ValueError(f'its run lengths are of {sum(runs)} pixels, its size is {width} x {height}')
    return library.decode(library.frPyObjects(dict(size=[height, width], counts=runs), height, width)).view(bool)


def lengths(text: str | bytes) -> Iterator[int]:
    """The run lengths in a compressed text; from the fourth one on, it holds the difference to the last but one.
    ValueError for a character that it cannot have."""
    before: list[int] = []
    value = shift = 0
    for character in text.encode() if isinstance(text, str) else text:
        part = character - FIRST
        if not 0 <= part < LOWEST - FIRST:
            raise ValueError(f'its run lengths have the character {chr(character)!r}')
        value |= (part & 31) << shift
        shift += BITS
        if not part & 32:  # the last part, with the sign
            value -= (1 << shift) if part & 16 else 0
            value += before[-2] if len(before) > 2 else 0
            before.append(value)
            yield value
            value = shift = 0
