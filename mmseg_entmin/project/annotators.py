# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks of one image by several annotators."""
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_entmin.datasets.conversion import remap
from mmseg_entmin.words import amount

from .annotations.agreement import majority
from .code_tables import Meaning, code_table
from .in_parallel import in_parallel
from .layers import Layer, find_layers
from .mask_files import IGNORED, border, read_codes
from .masks import named_classes, odd_masks, own_palette
from .name_patterns import NamePattern
from .palette import Color


class Agreement(NamedTuple):
    """The masks of one image together."""

    pixels: np.ndarray  # number of pixels of each label, (256, )
    first_at_border: float  # share of the first class in the outermost pixels
    agreed: int  # pixels to which all annotators give one label; 0 for a single annotator
    compared: int  # pixels of images with several annotators
    own: np.ndarray  # of each annotator, pixels with the majority's label and pixels with any, (A, 2)


class Annotators:
    """Labels by the majority of annotators: of each pixel, the label that more than half of them give; others are
    ignored (255). Two annotators have to agree. An image with one mask keeps it.

    Args:
        layers: the masks of each annotator, by the names of images.
        meaning: what the codes mean, for all annotators alike.
        colors: of the classes, see `read_masks`.
    """

    def __init__(self, layers: list[Layer], meaning: Meaning, colors: Sequence[str] = ()) -> None:
        meaning = named_classes(meaning, colors)
        self.layers, self.classes, self.coding = layers, list(meaning.classes), meaning.coding
        self.table, self.how, found = code_table(self.files, meaning)
        self.palette: list[Color] = list(meaning.colors) or own_palette(found.masks[0].palette, self.table,
                                                                        len(self.classes))
        self.inferred = not colors and meaning.values is None
        self.found: list[Agreement] = in_parallel(self.agreement, self.names)

    @property
    def names(self) -> list[str]:
        """The sorted names of the images that have a mask."""
        return sorted(set().union(*(layer.files for layer in self.layers)))

    @property
    def files(self) -> list[Path]:
        """The mask files, which stay as they are."""
        return [path for layer in self.layers for path in layer.files.values()]

    def each(self, name: str) -> dict[int, np.ndarray]:
        """Labels of an image by each annotator who has a mask of it, by the annotator's number."""
        paths = {number: layer.files[name] for number, layer in enumerate(self.layers) if name in layer.files}
        return {number: remap(read_codes(path, self.coding), self.table, path) for number, path in paths.items()}

    def labels(self, name: str) -> np.ndarray:
        """Labels of an image, (H, W), uint8."""
        return majority(list(self.each(name).values()))

    def agreement(self, name: str) -> Agreement:
        """How far the annotators of an image agree."""
        masks = self.each(name)
        labels = majority(list(masks.values()))
        equal = np.all([mask == labels for mask in masks.values()], axis=0)
        several = len(masks) > 1
        own = np.zeros((len(self.layers), 2), np.int64)
        for number, mask in masks.items() if several else ():
            own[number] = (mask == labels)[labels != IGNORED].sum(), (labels != IGNORED).sum()
        return Agreement(np.bincount(labels.ravel(), minlength=IGNORED + 1), float((border(labels) == 0).mean()),
                         int(equal.sum()) * several, labels.size * several, own)

    def counted(self) -> tuple[np.ndarray, np.ndarray]:
        """Number of pixels of each label, (N, 256), and share of the first class in the outermost pixels, (N, )."""
        return np.stack([each.pixels for each in self.found]), np.array([each.first_at_border for each in self.found])

    @property
    def note(self) -> str:
        """The heading of the report."""
        compared = sum(each.compared for each in self.found)
        agreed = sum(each.agreed for each in self.found) / max(compared, 1)
        ignored = sum(int(each.pixels[IGNORED]) for each in self.found) / sum(each.pixels.sum() for each in self.found)
        alone = sum(not each.compared for each in self.found)
        single = f', {amount(alone, "image has", "images have")} one mask' if alone else ''
        return f'{len(self.files)} masks of {len(self.layers)} annotators, {self.how}; all agree on {agreed:.1%} of ' \
            f'the pixels{single}; ignored, without a majority: {ignored:.2%}'

    def doubts(self, pixels: np.ndarray, borders: Sequence[float]) -> list[str]:
        """Notes on what only a person can tell, from what `counted` returns."""
        own = sum(each.own for each in self.found)
        parts = [f'{layer.pattern} {same / total:.1%}' for layer, (same, total) in zip(self.layers, own) if total]
        shares = ', '.join(parts)
        notes = [f'where there is a majority, the annotators agree with it on: {shares}'] if shares else []
        return notes + odd_masks(self.classes, self.names, pixels, borders, self.inferred, self.table, self.coding)


def annotator_layers(folder: Path, texts: Sequence[str], skip: Sequence[str] = ()) -> list[Layer]:
    """The masks of each annotator, who is given by a folder below that of the masks, by an ending of file names, or by
    a pattern. ValueError: fewer than two annotators."""
    if len(texts) < 2:
        raise ValueError(f"--annotators {' '.join(texts)}: give two annotators at least")
    patterns = []
    for text in texts:
        if '{}' in text:
            patterns.append(NamePattern(text))
        elif (folder / text).is_dir():
            patterns.append(NamePattern(f'{text.strip("/")}/{{}}'))
        else:
            patterns.append(NamePattern(f'{{}}{text}'))
    layers = find_layers(folder, patterns, skip)
    if len(layers) > len(patterns):
        raise ValueError('--annotators: a pattern with * gives an annotator several masks of an image; name one')
    return layers


