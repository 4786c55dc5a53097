# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What every reader of a format returns: classes, and the regions of each image."""
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..palette import Color

IGNORED = 255


class Region(NamedTuple):
    """Pixels of one object or area."""

    name: str | None  # its class; None where the export says to ignore the pixels, as COCO's crowds do
    shown: np.ndarray  # (H, W), bool


class Annotated(NamedTuple):
    """The annotation of one image."""

    size: tuple[int, int]  # width and height of the image, in pixels
    regions: Callable[[], Iterator[Region]]  # in drawing order: of regions that overlap, the last one counts


class Export(NamedTuple):
    """An export of an annotation tool."""

    format: str  # for messages, like 'COCO JSON'
    classes: list[str]  # of the objects, in the order of the export
    colors: dict[str, Color]  # of the classes for which the export states one
    images: dict[str, Annotated]  # by the name of the image file as the export writes it, like 'train/a.png'
    notes: list[str]  # what the user should know, such as skipped shapes


class Drawing(NamedTuple):
    """Regions as labels."""

    labels: np.ndarray  # (H, W), uint8
    claimed: int  # pixels that regions of different classes show


def draw(annotated: Annotated, classes: Sequence[str]) -> Drawing:
    """Draws the regions of an image over the first of the `classes`, the background."""
    labels = np.zeros(annotated.size[::-1], np.uint8)
    drawn, claimed = np.zeros(labels.shape, bool), np.zeros(labels.shape, bool)
    for name, shown in annotated.regions():
        label = IGNORED if name is None else classes.index(name)
        claimed |= shown & drawn & (labels != label)
        drawn |= shown
        labels[shown] = label
    return Drawing(labels, int(claimed.sum()))
