# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Label Studio's run lengths of brush strokes: bytes of an RGBA picture, of which the alpha channel is the mask.

A header states the number of values (32 bits), the bits of a value minus 1 (5 bits), and four numbers of bits minus 1
(4 bits each). Blocks follow: a bit that says whether one value is repeated, 2 bits that choose the bits of the length,
the length minus 1, and the value or values. Label Studio's sources credit rle-pack of thi.ng/umbrella.
"""
from collections.abc import Sequence

import numpy as np

from .run_lengths import counts_of

CHANNELS, WORD, SIZES = 4, 8, (3, 4, 8, 16)


def decode(rle: Sequence[int], height: int, width: int) -> np.ndarray:
    """The mask (height, width), bool: where alpha is above 0. ValueError if these bytes hold no such picture."""
    try:
        bits = np.unpackbits(np.array(rle, np.uint8))
    except (OverflowError, TypeError, ValueError) as error:
        raise ValueError('no list of bytes') from error
    text = bits.tobytes().translate(bytes.maketrans(b'\0\1', b'01')).decode('ascii')
    place = 53  # after the header
    if len(text) < place:
        raise ValueError(f'{len(rle)} bytes are no brush stroke')
    count, word = int(text[:32], 2), int(text[32:37], 2) + 1
    sizes = [int(text[start:start + 4], 2) + 1 for start in range(37, place, 4)]
    if count != height * width * CHANNELS or word != WORD:
        raise ValueError(f'{count} values of {word} bits, not {height * width * CHANNELS} of {WORD} for {width} x '
                         f'{height} pixels in RGBA')
    values = np.zeros(count, np.uint8)
    done = 0
    while done < count:
        repeated, size = text[place:place + 1] == '1', sizes[int(text[place + 1:place + 3] or '0', 2)]
        start = place + 3 + size
        length = int(text[place + 3:start] or '0', 2) + 1
        place = start + WORD * (1 if repeated else length)
        if place > len(text) or done + length > count:
            raise ValueError('the bytes end within a stroke' if place > len(text) else 'a run ends after the picture')
        block = np.packbits(bits[start:place])
        values[done:done + length] = block
        done += length
    return values.reshape(height, width, CHANNELS)[..., 3] > 0


def encode(shown: np.ndarray) -> list[int]:
    """The bytes of a mask (H, W), bool: opaque white on transparent black."""
    parts = [f'{shown.size * CHANNELS:032b}{WORD - 1:05b}', *(f'{size - 1:04b}' for size in SIZES)]
    longest = 1 << SIZES[-1]
    for index, count in enumerate(counts_of(shown)):
        value, left = ('1' if index % 2 else '0') * WORD, count * CHANNELS
        while left:
            length = min(left, longest)
            choice = next(number for number, size in enumerate(SIZES) if length <= 1 << size)
            parts.append(f'1{choice:02b}{length - 1:0{SIZES[choice]}b}{value}')
            left -= length
    text = ''.join(parts)
    bits = np.frombuffer(text.encode(), np.uint8) - ord('0')
    return np.packbits(bits).tolist()
