# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Small annotated images, whose labels are known without any reader.

Outlines run along the edges of pixels, so that the labels are slices of an array: objects with holes, objects over
others, an object of three sides, and a line of one pixel.
"""
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

WIDTH, HEIGHT, IMAGES, ANNOTATED = 64, 48, 6, 3
CLASSES = ('background', 'cell', 'nucleus')
Box = tuple[int, int, int, int]  # left, top, right, bottom


class Thing(NamedTuple):
    """An object of one class."""

    name: str
    outline: list[tuple[int, int]]  # corners
    holes: list[Box]
    shown: np.ndarray  # (H, W), bool


def corners(box: Box) -> list[tuple[int, int]]:
    left, top, right, bottom = box
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def rectangle(name: str, box: Box, *holes: Box) -> Thing:
    shown = np.zeros((HEIGHT, WIDTH), bool)
    shown[box[1]:box[3], box[0]:box[2]] = True
    for left, top, right, bottom in holes:
        shown[top:bottom, left:right] = False
    return Thing(name, corners(box), list(holes), shown)


def angle(name: str, left: int, top: int, arm: int, width: int) -> Thing:
    """An object like an L."""
    shown = rectangle(name, (left, top, left + width, top + arm)).shown
    shown |= rectangle(name, (left, top + arm - width, left + arm, top + arm)).shown
    outline = [(left, top), (left + width, top), (left + width, top + arm - width), (left + arm, top + arm - width),
               (left + arm, top + arm), (left, top + arm)]
    return Thing(name, outline, [], shown)


def scene(number: int) -> list[Thing]:
    """The objects of an image, from back to front."""
    return [rectangle('cell', (8 + number, 10, 30, 34), (12, 14, 16, 18)), angle('cell', 36, 6 + number, 20, 7),
            rectangle('nucleus', (20, 20, 28, 30 - number)), rectangle('cell', (26, 28, 40, 40)),
            rectangle('nucleus', (2, 44, 60, 45))]


def labels_of(things: list[Thing]) -> np.ndarray:
    """The labels of an image, (H, W), uint8."""
    labels = np.zeros((HEIGHT, WIDTH), np.uint8)
    for thing in things:
        labels[thing.shown] = CLASSES.index(thing.name)
    return labels


def scenes() -> dict[str, list[Thing]]:
    """The objects of the annotated images by name."""
    return {f'im{number}': scene(number) for number in range(ANNOTATED)}


def write_images(folder: Path, name: str = '{}.png') -> None:
    """All images, of which the first ones are annotated."""
    for number in range(IMAGES):
        picture = np.full((HEIGHT, WIDTH, 3), (210 - 7 * number, 200, 180), np.uint8)
        picture[labels_of(scene(number)) > 0] = 150, 60, 120
        path = folder / name.format(f'im{number}')
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
