# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The masks of a project and the classes that they show."""
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_entmin.datasets.conversion import count_values, remap

from .mask_files import IGNORED, code_table, indexed_colors, read_codes, shares, show
from .pairs import find_files
from .palette import Color, colors_of, default_palette


class Masks(NamedTuple):
    """The mask files and the meaning of their codes."""

    layers: list[dict[str, Path]]  # files by the name of their image; several where an image has several masks
    classes: list[str]
    palette: list[Color]
    table: dict[int, int] | None  # label of each code; None for several layers
    colored: bool  # whether codes are colors
    note: str  # how the labels were found

    @property
    def names(self) -> list[str]:
        """The sorted names of the images that have a mask."""
        return sorted(set().union(*self.layers))

    def labels(self, name: str) -> np.ndarray:
        """Labels of an image, (H, W), uint8; where several layers show an object, the last one counts."""
        if self.table is not None:
            path = self.layers[0][name]
            return remap(read_codes(path, self.colored), self.table, path)
        return combined([layer.get(name) for layer in self.layers], len(self.classes))[0]


def read_masks(layers: list[dict[str, Path]], suffixes: Sequence[str], classes: Sequence[str], colors: Sequence[str],
               values: list[int] | None, threshold: int | None = None, ignore_unknown: bool = False) -> Masks:
    """Finds the class of each code of the masks; raises if there are no classes, or codes of no class."""
    named = colors_of(colors, classes) if colors else {}
    classes = list(named) or list(classes)
    if not 2 <= len(classes) <= IGNORED or len(set(classes)) != len(classes):
        raise ValueError(f"--classes {' '.join(classes)}: give 2 to {IGNORED} different names, with the background "
                         '(usually first), or a file of names and colors as --colors')
    if len(layers) > 1:
        if colors or values is not None or threshold is not None:
            raise ValueError('several --mask-suffix take masks of one object class each, 0 for the background; leave '
                             '--colors, --values and --threshold out')
        return Masks(layers, classes, default_palette(len(classes)), None, False, several(layers, suffixes, classes))
    table, note = code_table(layers[0].values(), classes, list(named.values()), values, threshold, ignore_unknown)
    palette = list(named.values()) or own_palette(layers[0], table, len(classes))
    return Masks(layers, classes, palette, table, bool(colors), note)


def find_layers(folder: Path, suffixes: Sequence[str], leave_out: Sequence[str] = ()) -> list[dict[str, Path]]:
    """The masks by ending; a file with two of the endings belongs to the longer one."""
    layers = [find_files(folder, suffix, skip=leave_out) for suffix in suffixes or [None]]
    for suffix, layer in zip(suffixes, layers):
        longer = tuple(other for other in suffixes if len(other) > len(suffix))
        for name in [name for name, path in layer.items() if longer and path.name.endswith(longer)]:
            del layer[name]
    return layers


def several(layers: list[dict[str, Path]], suffixes: Sequence[str], classes: Sequence[str]) -> str:
    """How several masks of an image become labels; raises ValueError where their number fits no classes.

    Of two classes, the second is what any mask shows. Of C classes, C - 1 masks show the second, the third, ...
    """
    if len(classes) not in (2, len(layers) + 1):
        raise ValueError(f'{len(layers)} --mask-suffix for {len(classes)} --classes: give 2 classes for the union of '
                         f'the masks, or {len(layers) + 1}, the background first, for a class each')
    names = set().union(*layers)
    total = claimed = 0
    for name in names:
        labels, twice = combined([layer.get(name) for layer in layers], len(classes))
        total, claimed = total + np.count_nonzero(labels), claimed + twice
    if not total:
        raise ValueError('none of the masks shows an object')
    meaning = f'{classes[1]} is the union of {", ".join(suffixes)}' if len(classes) == 2 else ', '.join(
        f'{suffix} is {label}' for suffix, label in zip(suffixes, classes[1:]))
    lacking = [f'{len(names) - len(layer)} images have no {suffix}' for suffix, layer in zip(suffixes, layers)
               if len(layer) < len(names)]
    overlap = [f'{claimed} of {total} object pixels are in several masks, the last one counts'] if claimed else []
    return '; '.join([meaning, *lacking, *overlap])


def combined(paths: Sequence[Path | None], num_classes: int) -> tuple[np.ndarray, int]:
    """Labels from masks of one class each, (H, W), uint8, and the number of pixels that more than one of them shows."""
    labels, twice = None, 0
    for number, path in enumerate(paths, start=1):
        if path is not None:
            shown = shown_pixels(path)
            labels = np.zeros(shown.shape, np.uint8) if labels is None else labels
            twice += np.count_nonzero(labels[shown])
            labels[shown] = min(number, num_classes - 1)
    return labels, twice


def shown_pixels(path: Path) -> np.ndarray:
    """Where a mask of one class shows its objects, (H, W), bool; raises ValueError if it has other values."""
    codes = read_codes(path).clip(0)
    found = count_values(codes)
    if len(found) > 2 or (len(found) == 2 and 0 not in found):
        listed = ', '.join(f'{show(code, False)} ({share:.1%})' for code, share in shares(found))
        raise ValueError(f"'{path}' holds {len(found)} values, {listed}: of several masks an image, each has to hold 0 "
                         'and one other value')
    return codes > 0


def own_palette(paths: dict[str, Path], table: dict[int, int], num_classes: int) -> list[Color]:
    """The colors of the classes in paletted masks, or default colors if the palette is gray or lacks a class."""
    shown = indexed_colors(next(iter(paths.values())))
    if all(color == (code, ) * 3 for code, color in shown.items()):
        return default_palette(num_classes)
    colors = [shown.get(code) for code, label in sorted(table.items(), key=lambda item: item[1]) if label != IGNORED]
    return colors if None not in colors and len(set(colors)) == num_classes else default_palette(num_classes)
