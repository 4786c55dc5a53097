# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Palettes that a program has renumbered: image optimizers and Pillow's GIF drop the unused colors of a mask, so that
its indices are no labels any more."""
from collections.abc import Collection, Mapping
from functools import cache

from .palette import Color

IGNORED, HIGHEST = 255, 64  # gray values below are taken for labels, above for a picture of them
ENOUGH = 3  # colors; two are one object and its background in any order


def refuse_renumbered(colors: Mapping[int, Color], used: Collection[int]) -> None:
    """Raises ValueError if the colors of the `used` indices of masks show that these were other numbers before: the
    palette is that of VOC, or gray values that are labels, with the colors at other places."""
    colors = {index: tuple(color) for index, color in sorted(colors.items()) if index in used and len(color) == 3}
    meant = original_indices(colors)
    moved = [index for index in meant if meant[index] != index]
    if moved:
        shown = ', '.join(f'{index} was {meant[index]}' for index in moved[:4])
        listed = ' '.join(f"'#{red:02x}{green:02x}{blue:02x}'" for red, green, blue in (
            colors[index] for index in sorted(meant, key=meant.get)))
        raise ValueError('the colors of the masks show that a program renumbered their indices, as image optimizers '
                         f'and GIF do ({shown}): say with --colors which color is which class; theirs, in the order of '
                         f'the old indices, are {listed}')


def original_indices(colors: Mapping[int, Color]) -> dict[int, int]:
    """The indices that colors had before, by the present index; empty if nothing tells."""
    if len(colors) < ENOUGH:
        return {}
    if set(colors.values()) <= set(voc_palette()):
        return {index: voc_palette().index(color) for index, color in colors.items()}
    if any(len(set(color)) > 1 for color in colors.values()):
        return {}
    values = {index: color[0] for index, color in colors.items()}
    order = list(values.values())
    labels = all(value < HIGHEST or value == IGNORED for value in order)
    return values if labels or order not in (sorted(order), sorted(order, reverse=True)) else {}


@cache
def voc_palette() -> tuple[Color, ...]:
    """The 256 colors of Pascal VOC's masks: each bit of an index goes to a high bit of red, green and blue in turn."""
    return tuple(tuple(sum((index >> 3 * bit + channel & 1) << 7 - bit for bit in range(8)) for channel in range(3))
                 for index in range(256))
