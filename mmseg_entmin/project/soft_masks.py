# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Gray masks with more values than classes: ids of objects, or values that JPEG or resizing has spread."""
import math
from collections import Counter
from collections.abc import Mapping, Sequence

from .mask_files import HIDDEN

WIDTH, FEWEST = 8, 16  # parts of the range of values, near its end means in the last one; and the smallest range
MOST_LEVELS, OTHERS = 255, 2  # the most that 8 bits hold, and of other values beside labels


def advice_for_values(counts: Mapping[int, int], classes: Sequence[str]) -> str:
    """What to do with masks whose values are not as many as the classes."""
    counts = Counter({0 if code == HIDDEN else code: count for code, count in counts.items()})
    own = 'say with --values which value is which class, in their order'
    if len(counts) <= len(classes):
        return own
    ignoring = f'{own}, and ignore the others with --ignore-unknown'
    others = [code for code in counts if not 0 <= code < len(classes)]
    few = len(others) <= OTHERS < len(classes) not in others  # the next number would be one more class
    if len(others) + len(classes) == len(counts) and (max(others) < 0 or few):
        return f'give --values {" ".join(map(str, range(len(classes))))} --ignore-unknown if these are the classes ' \
            f'in their order and the others are to be ignored, as missing data; or {own}'
    if len(classes) == 2:
        low, high = min(counts), max(counts)
        ids = f'give {f"--threshold {low + 1}" if low > 0 else "--foreground"} if all values above {low} are ' \
            f'{classes[1]}, as ids of objects are'
        if high - low < FEWEST:
            return f'{ids}; or {ignoring}'
        middle = 128 if high <= MOST_LEVELS < high + 96 else math.ceil((low + high) / 2)
        edges = f'give --threshold {middle} if the masks are black and white with gray edges, as JPEG and resized ' \
            'masks are'
        first, second = (edges, ids) if spread(counts) else (ids, edges)
        return f'{first}; {second}; or {ignoring}'
    levels = peaks(counts, len(classes))
    if levels is None:
        return ignoring
    far = max(min(abs(code - level) for level in levels) for code in counts)
    return f'give --values {" ".join(map(str, levels))} --nearest {far} if these are the classes in their order and ' \
        f'the others are soft edges, as of JPEG and resized masks; or {ignoring}'


def spread(counts: Mapping[int, int]) -> bool:
    """Whether values look like two that were spread: most bright pixels are near the end of the range, not all."""
    low, high = min(counts), max(counts)
    part = (high - low) / WIDTH
    bright = sum(count for code, count in counts.items() if code > low + part)
    top = sum(count for code, count in counts.items() if code >= high - part)
    between = any(low < code < high - part for code in counts)
    return high - low >= FEWEST and between and top > bright / 2


def peaks(counts: Mapping[int, int], number: int) -> list[int] | None:
    """The most common values that are well apart, sorted; None if they hold too few of the pixels."""
    low, high = min(counts), max(counts)
    apart = (high - low) / (2 * number)
    levels: list[int] = []
    for code, _ in Counter(counts).most_common():
        if len(levels) < number and all(abs(code - level) >= apart for level in levels):
            levels.append(code)
    near = sum(count for code, count in counts.items() if min(abs(code - level) for level in levels) <= apart / 4)
    return sorted(levels) if len(levels) == number and near > 0.8 * sum(counts.values()) else None
