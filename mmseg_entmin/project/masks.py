# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The masks of a project and the classes that they show."""
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_entmin.datasets.conversion import remap

from .annotations.export import IGNORE
from .code_tables import Meaning, code_table
from .layers import Layer, combined, survey_layers, with_classes
from .mask_files import IGNORED, Coding, indexed_colors, read_codes
from .palette import Color, colors_of, default_palette

ENOUGH, MOST, FEW = 3, 0.75, 0.25  # number of masks, and shares of them or of their borders


class Masks(NamedTuple):
    """The mask files and the meaning of their codes."""

    layers: list[Layer]  # several where an image has several masks
    classes: list[str]
    palette: list[Color]
    table: dict[int, int] | None  # label of each code; None for several layers
    coding: Coding
    inferred: bool  # whether the user gave no meaning of the codes
    how: str  # how the labels were found
    pixels: np.ndarray  # number of pixels of each label, (N, 256), by the sorted names
    borders: np.ndarray  # share of the first class in the outermost pixels of each mask, (N, )

    @property
    def note(self) -> str:
        """The heading of the report."""
        return f'{len(self.files)} masks, {self.how}'

    @property
    def files(self) -> list[Path]:
        """The mask files, which stay as they are."""
        return [path for layer in self.layers for path in layer.files.values()]

    @property
    def names(self) -> list[str]:
        """The sorted names of the images that have a mask."""
        return sorted(set().union(*(layer.files for layer in self.layers)))

    def labels(self, name: str) -> np.ndarray:
        """Labels of an image, (H, W), uint8; where several layers show an object, the last one counts."""
        if self.table is not None:
            path = self.layers[0].files[name]
            return remap(read_codes(path, self.coding), self.table, path)
        return combined(name, self.layers, self.coding)[0]

    def counted(self) -> tuple[np.ndarray, np.ndarray]:
        """Number of pixels of each label, (N, 256), and share of the first class in the outermost pixels, (N, )."""
        return self.pixels, self.borders

    def doubts(self, pixels: np.ndarray, borders: Sequence[float]) -> list[str]:
        """Notes on what only a person can tell, from what `counted` returns."""
        return odd_masks(self.classes, self.names, pixels, borders, self.inferred, self.table, self.coding)


def read_masks(layers: list[Layer], meaning: Meaning, colors: Sequence[str] = ()) -> Masks:
    """Finds the class of each code of the masks; raises if there are no classes, or codes of no class. `colors` are
    those of the classes, or a file of names and colors."""
    meaning = named_classes(meaning, colors)
    classes = list(meaning.classes)
    if len(layers) > 1:
        if colors or meaning.values is not None:
            raise ValueError('several --mask-suffix or --mask-name take masks of one object class each, 0 for the '
                             'background; leave --colors and --values out')
        layers = with_classes(layers, classes)
        facts, note = survey_layers(layers, classes, meaning.coding)
        return Masks(layers, classes, default_palette(len(classes)), None, meaning.coding, True, note,
                     np.stack([each.pixels for each in facts]), np.array([each.first_at_border for each in facts]))
    paths = [path for _, path in sorted(layers[0].files.items())]
    table, note, found = code_table(paths, meaning)
    palette = meaning.colors or own_palette(found.masks[0].palette, table, len(classes))
    pixels, borders = np.zeros((len(paths), IGNORED + 1), np.int64), np.zeros(len(paths))
    for row, mask in enumerate(found.masks):
        for code, count in mask.counts.items():
            pixels[row, table[code]] += count
        first = sum(count for code, count in mask.border.items() if table[code] == 0)
        borders[row] = first / sum(mask.border.values())
    return Masks(layers, classes, palette, table, meaning.coding, not colors and meaning.values is None, note,
                 pixels, borders)


def named_classes(meaning: Meaning, colors: Sequence[str]) -> Meaning:
    """The meaning with names of the classes and their colors; raises ValueError if there are too few or too many."""
    named = colors_of(colors, meaning.classes) if colors else {}
    classes = [name for name in list(named) or meaning.classes if named or name != IGNORE]
    if not 2 <= len(classes) <= IGNORED or len(set(classes)) != len(classes):
        raise ValueError(f"--classes {' '.join(classes) or 'is missing'}: give 2 to {IGNORED} different names, with "
                         'the background (usually first), or a file of names and colors as --colors')
    return meaning._replace(classes=classes, colors=list(named.values()))


def own_palette(colors: bytes, table: dict[int, int], num_classes: int) -> list[Color]:
    """The colors of the classes in paletted masks, or default colors if the palette is gray or lacks a class."""
    shown = indexed_colors(colors)
    if all(color == (code, ) * 3 for code, color in shown.items()):
        return default_palette(num_classes)
    colors = [shown.get(code) for code, label in sorted(table.items(), key=lambda item: item[1]) if label != IGNORED]
    return colors if None not in colors and len(set(colors)) == num_classes else default_palette(num_classes)


def odd_masks(classes: Sequence[str], names: Sequence[str], pixels: np.ndarray, borders: Sequence[float],
              inferred: bool, table: Mapping[int, int] | None = None, coding: Coding = Coding()) -> list[str]:
    """Notes on a first class that is the smallest, and on masks that may be inverted; only a person can tell.

    They come from the counts of each label, (N, >= C), and the `border_share` of each of the N masks. `inferred`: the
    user gave no meaning of the values; `table` and `coding` are the labels of the codes, and what these are.
    """
    notes = []
    counts = pixels[:, :len(classes)]
    total = counts.sum(axis=0)
    if inferred and 0 < total[0] == total[total > 0].min() and (total > 0).sum() > 1:
        codes = [code for label in (1, 0) for code, own in (table or {}).items() if own == label and code >= 0]
        order = '--values' if len(classes) > 2 else f'--values {codes[0]} {codes[1]}' if len(codes) == 2 else ''
        advice = 'if the values are not in the order of --classes, ' if len(classes) > 2 else \
            'if the objects are black on white, '
        advice += f'give {order}' if order and coding.threshold is None else 'invert the masks'
        notes.append(f'{classes[0]} covers {total[0] / total.sum():.1%} of the labeled pixels, less than any other '
                     f'class; {advice}')
    borders, objects = np.asarray(borders), 1 - counts[:, 0] / np.maximum(counts.sum(axis=1), 1)
    odd = np.flatnonzero((borders < FEW) & (objects > 0.5))
    usual = (borders > MOST).sum()
    if len(names) >= ENOUGH and 0 < len(odd) < usual and usual + len(odd) >= MOST * len(names):
        shown = ', '.join(names[index] for index in odd[:5])
        notes.append(f'{len(odd)} of {len(names)} masks may be inverted: {classes[0]} is at the border of the others, '
                     f'not of {shown}; look at them, and invert them if they are')
    return notes
