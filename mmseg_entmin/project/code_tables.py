# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The label of each code that masks hold."""
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .mask_files import HIDDEN, IGNORED, SHOWN, Coding, Survey, encode, shares, show, survey
from .nearest import nearest, reach
from .palette import Color
from .palette_order import in_palette, refuse_renumbered
from .soft_masks import FEWEST, advice_for_values

LOSSY = ('.jpg', '.jpeg')


class Meaning(NamedTuple):
    """What the user says about the codes; see the options of `entmin new-project`."""

    classes: Sequence[str]
    colors: Sequence[Color] = ()
    values: Sequence[int] | None = None
    threshold: float | None = None
    nearest: float | None = None
    ignore_unknown: bool = False

    @property
    def coding(self) -> Coding:
        return Coding(bool(self.colors), self.threshold, len(self.classes))


def code_table(masks: Sequence[Path], meaning: Meaning) -> tuple[dict[int, int], str, Survey]:
    """Label of each code in the masks, a note on how it was found, and the codes of each mask."""
    classes, colors, values = meaning.classes, meaning.colors, meaning.values
    if meaning.nearest is not None and not colors and values is None:
        raise ValueError('--nearest takes the nearest of given colors or values: give --colors or --values too')
    if meaning.threshold is not None and len(classes) != 2:
        raise ValueError(f'--foreground and --threshold tell 2 classes apart, not {len(classes)}')
    found = survey(masks, meaning.coding)
    counts = found.counts
    if values is None:
        refuse_renumbered(found.colors, frozenset().union(*(mask.clear for mask in found.masks)))
    if colors:
        table, note = with_unknown(color_codes(colors), counts, meaning), 'by color'
    elif meaning.threshold is not None:
        table, note = threshold_table(meaning.threshold, classes, counts)
    else:
        if values is None and len(classes) == 2 and set(counts) - {HIDDEN} == {0, 1, IGNORED}:
            refuse_two_scales(masks, found)
        table, note = value_table(counts, meaning)
        refuse_close(masks, counts, values)
        note += in_palette(found.colors, table, classes)
    white = sum(mask.white_is_zero for mask in found.masks)
    if white:
        note += f'; {white} TIFF masks are WhiteIsZero, and the stored values count, not what viewers show'
    if {0, 1} >= set(counts) and any(path.suffix.lower() == '.pbm' for path in masks):
        note += '; PBM masks count as viewers show them, white as 1'
    if meaning.nearest is not None:
        given = color_codes(colors) if colors else given_values(meaning)
        note += nearest(counts, given, meaning.nearest, classes, bool(colors)).note
    if HIDDEN in counts:
        name = 'ignored' if table[HIDDEN] == IGNORED else classes[table[HIDDEN]]
        note += f'; transparent pixels ({counts[HIDDEN] / sum(counts.values()):.1%}) are {name}'
    return table, note, found


def color_codes(colors: Sequence[Color]) -> dict[int, int]:
    """Label of the code of each color."""
    return {int(encode(np.array(color))): label for label, color in enumerate(colors)}


def given_values(meaning: Meaning) -> dict[int, int]:
    """Label of each given value; 255 is ignored unless it is a class or, with `nearest`, like pixels of one."""
    table = {value: label for label, value in enumerate(meaning.values)}
    near = meaning.nearest is not None and any(abs(IGNORED - value) <= 2 * meaning.nearest for value in table)
    return table if near else {IGNORED: IGNORED, **table}


def value_table(counts: Counter, meaning: Meaning) -> tuple[dict[int, int], str]:
    """Label of each gray value or palette index, and a phrase that says how it was found.

    Without values (one per class), 0 .. C-1 and 255 (ignored) are labels. Any other C values, like 0 and 255, stand
    for the classes in their order. Of two classes, masks of one color and transparent pixels show the second and the
    first. Other values become 255 with `ignore_unknown`, or raise ValueError.
    """
    values, num_classes = meaning.values, len(meaning.classes)
    found = sorted({0 if code == HIDDEN else code for code in counts})  # transparent pixels count as black
    if values is not None:
        if len(values) != num_classes or len(set(values)) != num_classes:
            raise ValueError(f"--values {' '.join(map(str, values))}: give {num_classes} different values, one for "
                             'each class')
        return with_unknown(given_values(meaning), counts, meaning), 'by the given values'
    if num_classes == 2 and HIDDEN in counts and len(counts) == 2:
        return {code: int(code != HIDDEN) for code in counts}, 'transparent and visible pixels in the order of classes'
    labels = [value for value in found if 0 <= value < num_classes]
    if set(found) <= {*range(num_classes), IGNORED} and labels not in ([], [0]):
        table, note = {IGNORED: IGNORED, **{value: value for value in range(num_classes)}}, 'the values are the labels'
        if IGNORED in found and len(found) == num_classes < IGNORED:
            note += f', {IGNORED} is ignored; if it is a class, give --values {" ".join(map(str, found))}'
    elif len(found) == num_classes:
        table = dict(zip(found, range(num_classes)))
        note = f"the values {', '.join(map(str, found))} in the order of classes"
    else:
        seen = ', '.join(f'{show(code, False)} ({share:.1%})' for code, share in shares(counts))
        raise ValueError(f'the masks hold {len(counts)} values, {seen}, for {num_classes} classes; '
                         f'{advice_for_values(counts, meaning.classes)}')
    return with_unknown(table, counts, meaning), note


def threshold_table(threshold: float, classes: Sequence[str], counts: Mapping[int, int]) -> tuple[dict[int, int], str]:
    """Labels 0 and 1 of pixels below and from `threshold` on, for ids of objects and for masks with gray edges."""
    if len(counts) < 2:
        side = 'below' if 0 in counts else 'from'
        raise ValueError(f'--threshold {threshold:g}: all pixels of the masks are {side} it')
    return {0: 0, 1: 1}, f'values from {threshold:g} on are {classes[1]}'


def refuse_close(masks: Sequence[Path], counts: Mapping[int, int], values: Sequence[int] | None) -> None:
    """Raises ValueError for JPEG masks of values so near to each other that JPEG mixes them up."""
    codes = sorted(counts)
    lossy = [path for path in masks if path.suffix.lower() in LOSSY]
    if lossy and values is None and min(np.diff(codes), default=FEWEST) < FEWEST:
        shown = ' '.join(map(str, codes[:SHOWN]))
        raise ValueError(f"'{lossy[0]}' is a JPEG, which changes values a little, and the masks hold {shown}, too near "
                         f'to each other to be sure: export PNG files, or give --values {shown} if they are right')


def refuse_two_scales(masks: Sequence[Path], found: Survey) -> None:
    """Raises ValueError for masks of 0 and 1 beside masks of 0 and 255, where no mask has 1 beside an ignored 255."""
    holders: dict[int, Path] = {}
    for path, mask in zip(masks, found.masks):
        if {1, IGNORED} <= mask.counts.keys():
            return
        holders.update(dict.fromkeys(mask.counts, path))
    raise ValueError(f"'{holders[1]}' holds 1 and '{holders[IGNORED]}' {IGNORED}, no mask both: save all masks in one "
                     f'form, or give --values 0 1 if {IGNORED} is ignored')


def with_unknown(table: dict[int, int], counts: Counter, meaning: Meaning) -> dict[int, int]:
    """The table with other codes: the nearest class, ignored, or a ValueError that lists them; transparent pixels
    count as black."""
    colored = bool(meaning.colors)
    given = table
    if HIDDEN in counts and 0 in table:
        if 0 in counts and table[0]:
            raise ValueError('the masks hold transparent pixels and black ones, and black is not the first class: fill '
                             'the transparent pixels with the color of their class')
        table = {**table, HIDDEN: table[0]}
    if meaning.nearest is not None:
        table = {**table, **nearest(counts, given, meaning.nearest, meaning.classes, colored).table}
    unknown = Counter({code: count for code, count in counts.items() if code not in table})
    if unknown and not meaning.ignore_unknown:
        total = sum(counts.values())
        listed = ', '.join(f'{show(code, colored)} ({count / total:.2%})' for code, count in unknown.most_common(SHOWN))
        listed += f' (these count as {show(0, colored)})' if HIDDEN in unknown else ''
        what = f'{len(unknown)} {"colors" if colored else "values"} of no class'
        if meaning.nearest is not None:
            what += f' that are more than {meaning.nearest:g} away from all'
        raise ValueError(f'the masks hold {what}, {sum(unknown.values()) / total:.2%} of the pixels: {listed}; name '
                         f'their classes, {soft_advice(unknown, given, colored)}or ignore them with --ignore-unknown')
    return {**table, **dict.fromkeys(unknown, IGNORED)}


def soft_advice(unknown: Counter, given: dict[int, int], colored: bool) -> str:
    """The distance at which all unknown codes take the class of the nearest one, as an option."""
    others = [code for code in unknown if code != HIDDEN]
    if not others:
        return ''
    far = reach(others, given, colored)
    return f'or, where edges are soft or the files are JPEG, take the nearest with --nearest {far}, '
