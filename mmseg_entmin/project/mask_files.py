# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks in the forms that annotation tools write, as labels.

A mask is read as whole numbers first, its codes: grey values, indices of a palette, or colors as 0xRRGGBB. Which code
is which class is then said (colors, values), or seen from all masks together.
"""
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmseg_entmin.datasets.checks.sample import count_frames
from mmseg_entmin.datasets.conversion import reading, remap

from .palette import Color

VOID = 255
SHOWN = 12


def read_codes(path: Path, colored: bool = False) -> np.ndarray:
    """The codes of a mask, (H, W), int64.

    Args:
        path: of a mask with one channel, a palette, or colors; transparency is left out.
        colored: codes are colors, those of a palette too. Default: grey values and indices.

    Raises:
        ValueError: a mask in colors, where none are expected, of several frames, of values that are no whole numbers,
            or one that cannot be read.
    """
    with reading(path), Image.open(path) as image:
        frames = count_frames(image)
        single = image.mode in ('1', 'L', 'P', 'F') or image.mode.startswith('I')
        stored = np.asarray(image if single and not colored else image.convert('RGB'))
    if frames > 1:
        raise ValueError(f"'{path}' holds {frames} frames; save them as masks of their own, each with its image")
    pixels = stored.astype(np.int64)
    if (pixels != stored).any():
        values = ', '.join(f'{value:g}' for value in np.unique(stored[pixels != stored])[:SHOWN])
        raise ValueError(f"'{path}' holds values that are no whole numbers: {values}; save it with a whole number "
                         'for each class')
    if pixels.ndim == 2:
        return pixels
    if colored:
        return encode(pixels)
    if (pixels == pixels[..., :1]).all():
        return pixels[..., 0]
    found = ', '.join(f"'{show(code, True)}' ({share:.1%})" for code, share in shares(count_codes(encode(pixels))))
    raise ValueError(f"'{path}' is in colors: {found}; say which is which class with --colors, in the order of "
                     '--classes, or with a file of names and colors')


def encode(pixels: np.ndarray) -> np.ndarray:
    """RGB (H, W, 3) to 0xRRGGBB (H, W)."""
    return pixels @ np.array([1 << 16, 1 << 8, 1])


def count_codes(codes: np.ndarray) -> Counter:
    return Counter(dict(zip(*(part.tolist() for part in np.unique(codes, return_counts=True)))))


def survey(masks: Iterable[Path], colored: bool) -> Counter:
    """Pixels of each code in all masks.

    Raises:
        ValueError: see :func:`read_codes`; paletted masks in which one index has several colors.
    """
    total: Counter = Counter()
    meaning: dict[int, tuple[Color, Path]] = {}
    for path in masks:
        counts = count_codes(read_codes(path, colored))
        total.update(counts)
        if not colored:
            for index, color in indexed_colors(path).items():
                known, first = meaning.setdefault(index, (color, path)) if index in counts else (color, path)
                if color != known:
                    raise ValueError(
                        f"index {index} is color {known} in '{first}', but {color} in '{path}': each mask has a "
                        'palette of its own, so say with --colors which color is which class')
    return total


def indexed_colors(path: Path) -> dict[int, Color]:
    """The palette of a mask; empty if it has none."""
    with Image.open(path) as image:
        palette = (image.getpalette() or []) if image.mode == 'P' else []
    return {i // 3: tuple(palette[i:i + 3]) for i in range(0, len(palette), 3)}


def color_table(colors: Sequence[Color], counts: Counter, ignore_unknown: bool) -> dict[int, int]:
    """Label of each code of colored masks.

    Raises:
        ValueError: colors that belong to no class, unless they are to be ignored.
    """
    table = {int(encode(np.array(color))): label for label, color in enumerate(colors)}
    return with_unknown(table, counts, ignore_unknown, True)


def value_table(values: list[int] | None, num_classes: int, counts: Counter,
                ignore_unknown: bool) -> tuple[dict[int, int], str]:
    """Label of each code of grey or paletted masks, and a sentence that says how it was found.

    Without ``values``: 0 .. C-1, and 255 for void, are labels already. Any other C values, like 0 and 255, or 0, 128
    and 255, stand for the classes in their order.

    Args:
        values: the value of each class, in the order of the classes; None: to be seen from the masks.
        num_classes: C.
        counts: pixels of each code in all masks.
        ignore_unknown: other values become 255.

    Raises:
        ValueError: values that fit neither, or that belong to no class.
    """
    found = sorted(counts)
    if values is not None:
        if len(values) != num_classes or len(set(values)) != num_classes:
            raise ValueError(f"--values {' '.join(map(str, values))}: give {num_classes} different values, one for "
                             'each class')
        table = {VOID: VOID, **{value: label for label, value in enumerate(values)}}
        return with_unknown(table, counts, ignore_unknown, False), 'as --values says'
    labels = [value for value in found if value < num_classes]
    if set(found) <= {*range(num_classes), VOID} and labels not in ([], [0]):
        return {VOID: VOID, **{value: value for value in range(num_classes)}}, 'the values are the labels'
    if len(found) == num_classes:
        return dict(zip(found, range(num_classes))), f"the values {', '.join(map(str, found))} in the order of classes"
    seen = ', '.join(f'{show(code, False)} ({share:.1%})' for code, share in shares(counts))
    more = ', and with --ignore-unknown that others are void' if len(found) > num_classes else ''
    raise ValueError(f'the masks hold {len(found)} values, {seen}, for {num_classes} classes; say with --values which '
                     f'value is which class, in their order{more}')


def refuse_two_scales(masks: Iterable[Path]) -> None:
    """Refuse masks of 0 and 1 beside masks of 0 and 255: nothing says whether 255 is the second of two classes or void.

    Where it is void, some mask has it beside 1.
    """
    holders: dict[int, Path] = {}
    for path in masks:
        found = np.unique(read_codes(path)).tolist()
        if {1, VOID} <= set(found):
            return
        holders.update(dict.fromkeys(found, path))
    raise ValueError(f"'{holders[1]}' holds 1 and '{holders[VOID]}' {VOID}, no mask both: save all masks in one form, "
                     f'or say with --values 0 1 that {VOID} is void')


def with_unknown(table: dict[int, int], counts: Counter, ignore_unknown: bool, colored: bool) -> dict[int, int]:
    """The table, with other codes as void if they are to be ignored, and refused if not."""
    unknown = Counter({code: count for code, count in counts.items() if code not in table})
    if unknown and not ignore_unknown:
        total = sum(counts.values())
        listed = ', '.join(f'{show(code, colored)} ({count / total:.2%})' for code, count in unknown.most_common(SHOWN))
        raise ValueError(f'the masks hold {len(unknown)} {"colors" if colored else "values"} of no class: {listed}; '
                         'name their classes, or make them void with --ignore-unknown')
    return {**table, **dict.fromkeys(unknown, VOID)}


def shares(counts: Counter) -> list[tuple[int, float]]:
    total = sum(counts.values())
    return [(code, count / total) for code, count in counts.most_common(SHOWN)]


def show(code: int, colored: bool) -> str:
    return f'#{code:06x}' if colored else str(code)


def read_mask(path: Path, table: dict[int, int], colored: bool) -> np.ndarray:
    """The labels of a mask, (H, W), uint8."""
    return remap(read_codes(path, colored), table, path)
