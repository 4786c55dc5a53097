# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Gray images in forms that Pillow does not write: TIFF and PNG of few bits, and with inverted meaning."""
import struct
import zlib
from pathlib import Path

import numpy as np


def packed(labels: np.ndarray, bits: int, order: str = '<') -> bytes:
    """Rows of labels (H, W), `bits` each, filled up to whole bytes."""
    if bits == 16:
        return labels.astype(f'{order}u2').tobytes()
    digits = np.unpackbits(labels.astype(np.uint8)[..., None], axis=-1)[..., 8 - bits:]
    return np.packbits(digits.reshape(len(labels), -1), axis=1).tobytes()


def write_tiff(path: Path, labels: np.ndarray, bits: int = 8, photometric: int = 0) -> Path:
    """An uncompressed TIFF; photometric 0 is WhiteIsZero, 1 BlackIsZero."""
    data = packed(labels, bits)
    height, width = labels.shape
    tags = [(256, width), (257, height), (258, bits), (259, 1), (262, photometric), (273, 8), (277, 1), (278, height),
            (279, len(data))]
    directory = struct.pack('<H', len(tags)) + b''.join(
        struct.pack('<HHIHH' if tag == 258 else '<HHII', tag, 3 if tag == 258 else 4, 1, value, *([0] * (tag == 258)))
        for tag, value in tags) + bytes(4)
    path.write_bytes(b'II*\0' + struct.pack('<I', 8 + len(data)) + data + directory)
    return path


def write_gray_png(path: Path, labels: np.ndarray, bits: int) -> Path:
    """A gray PNG of 1, 2, 4 or 8 bits."""
    height, width = labels.shape
    rows = packed(labels, bits)
    size = len(rows) // height
    lines = b''.join(b'\0' + rows[row * size:(row + 1) * size] for row in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))

    header = struct.pack('>IIBBBBB', width, height, bits, 0, 0, 0, 0)
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(lines))
                     + chunk(b'IEND', b''))
    return path
