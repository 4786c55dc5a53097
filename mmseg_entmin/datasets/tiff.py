# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The header of a TIFF, which Pillow reads also for images that it does not open."""
import io
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

TIFFS = (b'II*\0', b'MM\0*', b'II+\0', b'MM\0+')  # the second two are BigTIFF
WIDTH, HEIGHT, BITS, BANDS, FORMAT = 256, 257, 258, 277, 339
PLACES = 33550, 33922, 34264, 50844  # scale, tie points, transformation and RPCs of a GeoTIFF
KINDS = {2: 'i', 3: 'f', 5: 'c', 6: 'c'}  # of numbers, by the tag


class TiffHeader(NamedTuple):
    """Of the first image in the file."""

    size: tuple[int, int]  # (width, height)
    bands: int
    bits: int  # of a band, the largest number
    placed: bool  # whether it has a place on the earth
    kind: str  # 'u', 'i', 'f' or 'c', as NumPy calls unsigned, signed, floating point and complex numbers

    @property
    def plain(self) -> bool:
        """Whether mmcv's loader reads the stored values: 1 band, or 3 of 8 bits."""
        return self.bands == 1 or (self.bands == 3 and self.bits <= 8)

    def __str__(self) -> str:
        bits = f'{self.bits} bits' if self.kind == 'u' else str(np.dtype(f'{self.kind}{self.bits // 8}'))
        return f'a TIFF of {self.bands} band{"s" * (self.bands > 1)} of {bits}'


def tiff_header(content: bytes | Path | str) -> TiffHeader | None:
    """The header of a file or its content; None if it is no TIFF, or a broken one."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2  # not at each import of the package
    opened = io.BytesIO if isinstance(content, bytes) else partial(open, mode='rb')
    with suppress(Exception), warnings.catch_warnings(), opened(content) as file:
        warnings.simplefilter('ignore')  # of a file that ends too early
        start = file.read(16)
        if start[:4] not in TIFFS:
            return None
        tags = ImageFileDirectory_v2(start[:16 if b'+' in start[:4] else 8])
        file.seek(tags.next)
        tags.load(file)
        bits, kind = (np.atleast_1d(tags.get(tag, 1)).tolist() for tag in (BITS, FORMAT))
        return TiffHeader((tags[WIDTH], tags[HEIGHT]), tags.get(BANDS, 1), max(bits),
                          any(tag in tags for tag in PLACES), KINDS.get(kind[0], 'u'))
    return None
