# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Palettes that a program has renumbered: image optimizers and Pillow's GIF drop the unused colors of a mask, so that
its indices are no labels any more."""
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache

from .palette import BLACK, Color

IGNORED, HIGHEST = 255, 64  # gray values below are taken for labels, above for a picture of them
ENOUGH = 3  # colors; two are one object and its background in any order


def refuse_renumbered(colors: Mapping[int, Color], clear: Collection[int] = ()) -> None:
    """Raises ValueError if the colors of the indices that masks hold, or the transparent ones among these, `clear`,
    show that they are no labels: the palette is that of VOC, or gray values that are labels, with the colors at other
    places; black, usually the background, comes after another gray or the only other color."""
    colors = {index: tuple(color) for index, color in sorted(colors.items())}
    meant = original_indices(colors)
    moved = [index for index in meant if meant[index] != index]
    if moved:
        shown = ', '.join(f'{index} was {meant[index]}' for index in moved[:4])
        raise ValueError('the colors of the masks show that a program renumbered their indices, as image optimizers '
                         f'and GIF do ({shown}): say with --colors which color is which class; theirs, in the order of '
                         f'the old indices, are {listed(colors[index] for index in sorted(meant, key=meant.get))}')
    late = [index for index in clear if index and (index != IGNORED or colors.get(0) != BLACK)]
    gray = all(len(set(color)) == 1 for color in colors.values())
    if BLACK in list(colors.values())[1:] and (gray or len(colors) < ENOUGH):
        late += [index for index, color in colors.items() if color == BLACK]
    if late:
        first = min(set(colors) - {late[0]}, default=0)
        order = dict.fromkeys([BLACK, *(color for index, color in colors.items() if index not in clear)])
        raise ValueError(f'the masks have a palette, in which index {late[0]} is '
                         f'{"transparent" if late[0] in clear else "black"} and index {first} '
                         f'{listed([colors.get(first, BLACK)])}: image editors and optimizers number colors as they '
                         f'like. Give --colors {listed(order)}, if this is the order of the classes, or, if the '
                         f'indices are the labels, --values {" ".join(map(str, sorted({*colors} - {IGNORED})))}')


def in_palette(colors: Mapping[int, Color], table: Mapping[int, int], classes: Sequence[str]) -> str:
    """A phrase on the colors of the classes, by which a user sees whether the indices are the labels; empty for gray
    palettes and those of VOC, where `refuse_renumbered` sees it."""
    if set(colors.values()) <= set(voc_palette()) or all(len(set(color)) == 1 for color in colors.values()):
        return ''
    shown = [f'{classes[table[index]]} {listed([color])}' for index, color in sorted(colors.items())
             if table.get(index, IGNORED) != IGNORED]
    return f'; in the palette, {", ".join(shown).replace(" ", " is ", 1)}' if shown else ''


def listed(colors: Iterable[Color]) -> str:
    """Colors as the command takes them."""
    return ' '.join(f"'#{red:02x}{green:02x}{blue:02x}'" for red, green, blue in colors)


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
    return values if labels or order != sorted(order) else {}


@cache
def voc_palette() -> tuple[Color, ...]:
    """The 256 colors of Pascal VOC's masks: each bit of an index goes to a high bit of red, green and blue in turn."""
    return tuple(tuple(sum((index >> 3 * bit + channel & 1) << 7 - bit for bit in range(8)) for channel in range(3))
                 for index in range(256))
