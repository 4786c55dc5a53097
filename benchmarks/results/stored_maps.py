# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Small maps and images as text for a JSON file: 8-bit PNG in base64."""
import base64
import io

import numpy as np
from PIL import Image


def shrink(values: np.ndarray, width: int) -> np.ndarray:
    """Shrink a map (H, W) to at most ``width`` columns: labels by the nearest pixel, floats by the mean of the area."""
    if values.shape[1] <= width:
        return values
    resample = Image.Resampling.BOX if np.issubdtype(values.dtype, np.floating) else Image.Resampling.NEAREST
    size = width, max(1, round(values.shape[0] * width / values.shape[1]))
    return np.array(Image.fromarray(values).resize(size, resample))


def encode(values: np.ndarray) -> str:
    """Text of a map (H, W) or an RGB image (H, W, 3), uint8."""
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, format='PNG', optimize=True)
    return base64.b64encode(buffer.getvalue()).decode('ascii')


def decode(text: str) -> np.ndarray:
    """The array that :func:`encode` was given."""
    return np.array(Image.open(io.BytesIO(base64.b64decode(text))))
