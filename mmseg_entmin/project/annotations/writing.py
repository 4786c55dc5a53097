# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What every writer of a format is given: images and their regions."""
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import cv2
import numpy as np

from ..palette import Color
from .export import IGNORED, Region


class Picture(NamedTuple):
    """An image and its regions, in drawing order: of those that overlap, the last one counts."""

    file: Path
    below: str  # its path below the folder of the images, like 'day 1/a.png'
    size: tuple[int, int]  # width and height in pixels
    regions: Sequence[Region]  # with a class each; without one only where nothing was recognized


class Labels(NamedTuple):
    """The classes that a person can choose from, and their colors."""

    names: list[str]
    colors: list[Color]

    def hex(self) -> dict[str, str]:
        """Colors like '#ff8000', by class."""
        return {name: '#{:02x}{:02x}{:02x}'.format(*color) for name, color in zip(self.names, self.colors)}


class Writer(Protocol):
    """Collects images, or writes them one by one."""

    def files(self, below: Sequence[str]) -> list[Path]:
        """The files that images with these paths lead to."""

    def add(self, picture: Picture) -> None:
        """Takes one image."""

    def finish(self) -> list[str]:
        """Writes what is not written yet; returns lines that say how to open it."""


def regions_of(labels: np.ndarray, names: Sequence[str], first: int = 1, objects: bool = False) -> list[Region]:
    """A region of each class from labels (H, W), uint8, in the order of the `names` of the labels; pixels of 255 and of
    labels below `first` are in none. With `objects`, each connected piece is a region of its own."""
    found = []
    for label in np.unique(labels):
        if first <= label != IGNORED:
            shown = labels == label
            count, pieces = cv2.connectedComponents(shown.astype(np.uint8)) if objects else (2, shown)
            found += [Region(names[label], pieces == number) for number in range(1, count)]
    return found


def relative(file: Path, folder: Path) -> str:
    """The path of a file as seen from a folder, with slashes."""
    return Path(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
