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

ENOUGH, MOST, FEW = 3, 0.75, 0.25  # number of masks, and shares of them or of their borders


class Masks(NamedTuple):
    """The mask files and the meaning of their codes."""

    layers: list[dict[str, Path]]  # files by the name of their image; several where an image has several masks
    classes: list[str]
    palette: list[Color]
    table: dict[int, int] | None  # label of each code; None for several layers
    colored: bool  # whether codes are colors
    inferred: bool  # whether the user gave no meaning of the codes
    how: str  # how the labels were found

    @property
    def note(self) -> str:
        """The heading of the report."""
        return f'{len(self.files)} masks, {self.how}'

    @property
    def names(self) -> list[str]:
        """The sorted names of the images that have a mask."""
        return sorted(set().union(*self.layers))

    @property
    def files(self) -> list[Path]:
        """The mask files, which stay as they are."""
        return [path for layer in self.layers for path in layer.values()]

    def labels(self, name: str) -> np.ndarray:
        """Labels of an image, (H, W), uint8; where several layers show an object, the last one counts."""
        if self.table is not None:
            path = self.layers[0][name]
            return remap(read_codes(path, self.colored), self.table, path)
        return combined([layer.get(name) for layer in self.layers], len(self.classes))[0]

    def doubts(self, pixels: np.ndarray, borders: Sequence[float]) -> list[str]:
        """Notes on what only a person can tell, from the pixels of each label, (N, 256), and the border shares."""
        return odd_masks(self.classes, self.names, pixels, borders, self.inferred)


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
        return Masks(layers, classes, default_palette(len(classes)), None, False, True,
                     several(layers, suffixes, classes))
    table, note = code_table(layers[0].values(), classes, list(named.values()), values, threshold, ignore_unknown)
    palette = list(named.values()) or own_palette(layers[0], table, len(classes))
    return Masks(layers, classes, palette, table, bool(colors), not colors and values is None, note)


def find_layers(folder: Path, suffixes: Sequence[str], leave_out: Sequence[str] = ()) -> list[dict[str, Path]]:
    """The masks by ending; a file with two of the endings belongs to the longer one."""
    layers = [find_files(folder, suffix, skip=leave_out) for suffix in suffixes or [None]]
    for suffix, layer in zip(suffixes, layers):
        longer = tuple(other for other in suffixes if len(other) > len(suffix))
        for name in [name for name, path in layer.items() if longer and path.name.endswith(longer)]:
            del layer[name]
    return layers


def several(layers: list[dict[str, Path]], suffixes: Sequence[str], classes: Sequence[str]) -> str:
    """How several masks of an image become labels; raises ValueError where their number fits no classes. Of two
    classes, the second is what any mask shows. Of C classes, C - 1 masks show the second, the third, ..."""
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


def border_share(labels: np.ndarray) -> float:
    """Share of the first class in the outermost pixels of a mask (H, W)."""
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return float((border == 0).mean())


def odd_masks(classes: Sequence[str], names: Sequence[str], pixels: np.ndarray, borders: Sequence[float],
              inferred: bool) -> list[str]:
    """Notes on a first class that is the smallest, and on masks that may be inverted; only a person can tell.

    They come from the counts of each label, (N, >= C), and the `border_share` of each of the N masks. `inferred`: the
    user gave no meaning of the values.
    """
    notes = []
    counts = pixels[:, :len(classes)]
    total = counts.sum(axis=0)
    if inferred and 0 < total[0] == total[total > 0].min() and (total > 0).sum() > 1:
        advice = 'if the objects are black on white, give --values 255 0' if len(classes) == 2 else \
            'if the values are not in the order of --classes, give --values'
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
