# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks in the forms that annotation tools write, as labels.

A mask is first read as integers, its codes: gray values, palette indices, or colors as 0xRRGGBB. The class of each code
is given by the user (colors, values) or found from all masks together.
"""
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmseg_entmin.datasets.checks.sample import count_frames
from mmseg_entmin.datasets.conversion import any_size, count_values, reading, stored_pixels

from .palette import Color
from .palette_order import refuse_renumbered

IGNORED = 255
HIDDEN = -1  # the code of pixels whose alpha is 0
WITH_ALPHA = ('RGBA', 'LA', 'PA', 'La', 'RGBa')
SHOWN = 12


def read_codes(path: Path, colored: bool = False) -> np.ndarray:
    """The stored codes of a mask, (H, W), uint8 or int64, HIDDEN where it is transparent; `colored`: of its colors.

    ValueError: unexpected colors, several frames, values that are not integers, or an unreadable file.
    """
    hidden = None
    with reading(path), any_size(), Image.open(path) as image:
        frames = count_frames(image)
        if not colored and (image.mode in ('1', 'L', 'P', 'F') or image.mode.startswith('I')):
            stored = stored_pixels(image)
        elif image.mode in WITH_ALPHA or 'transparency' in image.info:
            rgba = np.asarray(image.convert('RGBA'))
            stored, hidden = rgba[..., :3], rgba[..., 3] == 0
        else:
            stored = np.asarray(image.convert('RGB'))
    if frames > 1:
        raise ValueError(f"'{path}' holds {frames} frames; save them as masks of their own, each with its image")
    codes = stored.astype(np.uint8 if stored.dtype in (bool, np.uint8) else np.int64)
    if (codes != stored).any():
        values = ', '.join(f'{value:g}' for value in np.unique(stored[codes != stored])[:SHOWN])
        raise ValueError(f"'{path}' holds values that are no whole numbers: {values}; save it with a whole number "
                         'for each class')
    if codes.ndim == 3:
        gray = (stored == stored[..., :1]).all(axis=2) | (False if hidden is None else hidden)
        codes = encode(codes) if colored or not gray.all() else codes[..., 0]
        if hidden is not None and hidden.any():
            codes = np.where(hidden, HIDDEN, codes.astype(np.int64))
        if not colored and not gray.all():
            found = ', '.join(f"'{show(code, True)}' ({share:.1%})" for code, share in shares(count_values(codes)))
            raise ValueError(f"'{path}' is in colors: {found}; say which is which class with --colors, in the order of "
                             '--classes, or with a file of names and colors')
    return codes


def encode(pixels: np.ndarray) -> np.ndarray:
    """RGB (H, W, 3) to 0xRRGGBB (H, W)."""
    return pixels @ np.array([1 << 16, 1 << 8, 1])


def code_table(masks: Collection[Path], classes: Sequence[str], colors: Sequence[Color], values: list[int] | None,
               threshold: int | None, ignore_unknown: bool) -> tuple[dict[int, int], str]:
    """Label of each code in the masks, and a note on how it was found."""
    counts = survey(masks, bool(colors))
    if colors:
        table, note = color_table(colors, counts, ignore_unknown), 'by color'
    elif threshold is not None:
        table, note = threshold_table(threshold, classes, counts)
    else:
        if values is None and len(classes) == 2 and set(counts) - {HIDDEN} == {0, 1, IGNORED}:
            refuse_two_scales(masks)
        table, note = value_table(values, len(classes), counts, ignore_unknown)
    if HIDDEN in counts:
        meaning = 'ignored' if table[HIDDEN] == IGNORED else classes[table[HIDDEN]]
        note += f'; transparent pixels ({counts[HIDDEN] / sum(counts.values()):.1%}) are {meaning}'
    return table, note


def survey(masks: Iterable[Path], colored: bool) -> Counter:
    """Number of pixels of each code in all masks; raises ValueError if one index has several colors."""
    total: Counter = Counter()
    meaning: dict[int, tuple[Color, Path]] = {}
    for path in masks:
        counts = count_values(read_codes(path, colored))
        total.update(counts)
        if not colored:
            for index, color in indexed_colors(path).items():
                known, first = meaning.setdefault(index, (color, path)) if index in counts else (color, path)
                if color != known:
                    raise ValueError(f"index {index} is color {known} in '{first}', but {color} in '{path}': each mask "
                                     'has a palette of its own, so say with --colors which color is which class')
    refuse_renumbered({index: color for index, (color, _) in meaning.items()}, total)
    return total


def indexed_colors(path: Path) -> dict[int, Color]:
    """The palette of a mask; empty without one."""
    with Image.open(path) as image:
        palette = (image.getpalette() or []) if image.mode == 'P' else []
    return {i // 3: tuple(palette[i:i + 3]) for i in range(0, len(palette), 3)}


def color_table(colors: Sequence[Color], counts: Counter, ignore_unknown: bool) -> dict[int, int]:
    """Label of each color; raises ValueError for colors of no class, unless they are ignored."""
    table = {int(encode(np.array(color))): label for label, color in enumerate(colors)}
    return with_unknown(table, counts, ignore_unknown, True)


def value_table(values: list[int] | None, num_classes: int, counts: Counter,
                ignore_unknown: bool) -> tuple[dict[int, int], str]:
    """Label of each gray value or palette index, and a phrase that says how it was found.

    Without `values` (one per class), 0 .. C-1 and 255 (ignored) are labels. Any other C values, like 0 and 255, stand
    for the classes in their order. Of two classes, masks of one color and transparent pixels show the second and the
    first. Other values become 255 with `ignore_unknown`, or raise ValueError.
    """
    found = sorted({max(code, 0) for code in counts})  # transparent pixels count as black
    if values is not None:
        if len(values) != num_classes or len(set(values)) != num_classes:
            raise ValueError(f"--values {' '.join(map(str, values))}: give {num_classes} different values, one for "
                             'each class')
        table = {IGNORED: IGNORED, **{value: label for label, value in enumerate(values)}}
        return with_unknown(table, counts, ignore_unknown, False), 'as --values says'
    if num_classes == 2 and HIDDEN in counts and len(counts) == 2:
        return {code: int(code != HIDDEN) for code in counts}, 'transparent and visible pixels in the order of classes'
    labels = [value for value in found if value < num_classes]
    if set(found) <= {*range(num_classes), IGNORED} and labels not in ([], [0]):
        table, note = {IGNORED: IGNORED, **{value: value for value in range(num_classes)}}, 'the values are the labels'
    elif len(found) == num_classes:
        table = dict(zip(found, range(num_classes)))
        note = f"the values {', '.join(map(str, found))} in the order of classes"
    else:
        seen = ', '.join(f'{show(code, False)} ({share:.1%})' for code, share in shares(counts))
        advice = 'say with --values which value is which class, in their order'
        if len(found) > num_classes:
            advice += ', and ignore the others with --ignore-unknown'
        if len(found) > num_classes == 2:
            advice = 'give --foreground if all values above 0 are the second class, as ids of objects are, or ' \
                f'--threshold 128 for black and white with gray edges, or {advice}'
        raise ValueError(f'the masks hold {len(counts)} values, {seen}, for {num_classes} classes; {advice}')
    return with_unknown(table, counts, ignore_unknown, False), note


def threshold_table(threshold: int, classes: Sequence[str], counts: Counter) -> tuple[dict[int, int], str]:
    """Labels 0 and 1 of values below and from `threshold` on, for ids of instances and for masks with gray edges."""
    if len(classes) != 2:
        raise ValueError(f'--foreground and --threshold tell 2 classes apart, not {len(classes)}')
    table = {code: int(code >= threshold) for code in counts}
    if len(set(table.values())) < 2:
        raise ValueError(f'--threshold {threshold}: all values of the masks, {min(counts)} to {max(counts)}, are on '
                         'one side of it')
    return table, f'values from {threshold} on are {classes[1]}'


def refuse_two_scales(masks: Iterable[Path]) -> None:
    """Raises ValueError for masks of 0 and 1 beside masks of 0 and 255, where no mask has 1 beside an ignored 255."""
    holders: dict[int, Path] = {}
    for path in masks:
        found = {max(code, 0) for code in count_values(read_codes(path))}
        if {1, IGNORED} <= found:
            return
        holders.update(dict.fromkeys(found, path))
    raise ValueError(f"'{holders[1]}' holds 1 and '{holders[IGNORED]}' {IGNORED}, no mask both: save all masks in one "
                     f'form, or give --values 0 1 if {IGNORED} is ignored')


def with_unknown(table: dict[int, int], counts: Counter, ignore_unknown: bool, colored: bool) -> dict[int, int]:
    """The table with other codes as ignored, or a ValueError that lists them; transparent pixels count as black."""
    if HIDDEN in counts and 0 in table:
        if 0 in counts and table[0]:
            raise ValueError('the masks hold transparent pixels and black ones, and black is not the first class: fill '
                             'the transparent pixels with the color of their class')
        table = {**table, HIDDEN: table[0]}
    unknown = Counter({code: count for code, count in counts.items() if code not in table})
    if unknown and not ignore_unknown:
        total = sum(counts.values())
        listed = ', '.join(f'{show(code, colored)} ({count / total:.2%})' for code, count in unknown.most_common(SHOWN))
        listed += f' (these count as {show(0, colored)})' if HIDDEN in unknown else ''
        raise ValueError(f'the masks hold {len(unknown)} {"colors" if colored else "values"} of no class: {listed}; '
                         'name their classes, or ignore them with --ignore-unknown')
    return {**table, **dict.fromkeys(unknown, IGNORED)}


def shares(counts: Mapping[int, int]) -> list[tuple[int, float]]:
    total = sum(counts.values())
    return [(code, count / total) for code, count in Counter(counts).most_common(SHOWN)]


def show(code: int, colored: bool) -> str:
    return 'transparent' if code == HIDDEN else f'#{code:06x}' if colored else str(code)
