# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What every reader of a format returns: classes, and the regions of each image, or how to read its mask files."""
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..palette import Color

IGNORED = 255
IGNORE = '__ignore__'  # labelme's name for what is not labeled


class Region(NamedTuple):
    """Pixels of one object or area."""

    name: str | None  # its class; None where the export says to ignore the pixels
    shown: np.ndarray  # (H, W), bool


class Crowd(Region):
    """Pixels of several objects that are not told apart, as COCO's crowds: ignored where no other region is."""


class Annotated(NamedTuple):
    """The annotation of one image."""

    size: tuple[int, int] | None  # width and height of the image, in pixels; None where the export does not say
    # In drawing order: of regions that overlap, the last one counts. Without a size, a function of the image's size.
    regions: Callable[..., Iterator[Region]]
    bytes: int | None = None  # the size of the image's file, where the export states it
    reach: tuple[float, float] | None = None  # the largest x and y of the regions, where the size is not known


class Export(NamedTuple):
    """An export of an annotation tool."""

    format: str  # for messages, like 'COCO JSON'
    classes: list[str]  # of the objects, in the order of the export
    colors: dict[str, Color]  # of the classes for which the export states one
    images: dict[str, Annotated]  # by the name of the image file as the export writes it, like 'train/a.png'
    notes: list[str]  # what the user should know, such as skipped shapes
    background: bool = True  # whether what has no region is a class of its own; else it is ignored


class MaskForm(NamedTuple):
    """An export that is a folder of mask files, with a description of them."""

    format: str  # for messages, like 'nnU-Net'
    folder: Path  # of the masks
    options: Mapping[str, Any]  # of `create`, which the description answers: classes, colors, values, mask_suffix, ...
    notes: list[str]

    def in_order(self, classes: Sequence[str]) -> 'MaskForm':
        """The same with values or colors in the order of these classes, which may be a part of all; ValueError for a
        class that the description does not have."""
        own = self.options.get('classes')
        if not classes or not own:  # a file of colors is put in order by its names
            return self
        if unknown := [name for name in classes if name not in own]:
            raise ValueError(f"--classes names '{unknown[0]}', which the {self.format} export does not describe; it "
                             f"has {', '.join(own)}. To give them other names, give --values or --colors")
        places = [own.index(name) for name in classes]
        ordered = {key: [self.options[key][place] for place in places] for key in ('values', 'colors')
                   if self.options.get(key)}
        return self._replace(options={**self.options, **ordered, 'classes': list(classes)})


class Reader(NamedTuple):
    """One format. Files are offered by their suffix; those that `knows` says yes to are read together."""

    format: str
    suffix: str  # of the files that describe the annotations, like '.json'
    knows: Callable[[Path, Any], bool]  # from the file and its content: parsed JSON, or the first characters of others
    read: Callable[[list[Path], Path], Export | MaskForm]  # from these files, sorted, and the folder that holds all


class Drawing(NamedTuple):
    """Regions as labels."""

    labels: np.ndarray  # (H, W), uint8
    claimed: int  # pixels that regions of different classes show
    hidden: list[str]  # class of each region of which no pixel is left
    empty: list[str]  # class of each region without a pixel
    drawn: int  # regions with pixels, without crowds
    boxes: int  # those that fill the smallest box around them


def draw(annotated: Annotated, classes: Sequence[str], outside: int = 0, others: int | None = None,
         small_on_top: bool = False, crowds: bool = False) -> Drawing:
    """Draws the regions of an image as labels, the numbers of the `classes`.

    Args:
        annotated: the image.
        classes: names in the order of their labels.
        outside: the label of pixels without a region. Default: the first class, the background.
        others: the label of regions of other classes. Default: they are not drawn.
        small_on_top: smaller regions lie over larger ones. Default: later regions lie over earlier ones.
        crowds: crowds are objects. Default: they are ignored, below all objects.
    """
    table = {name: label for label, name in enumerate(classes)}
    size = annotated.size[::-1]
    labels, claimed = np.full(size, outside, np.uint8), np.zeros(size, bool)
    top = np.full(size, -1, np.int32)  # the number of the region on top
    names, empty, boxes = [], [], 0
    parts = map(cut, annotated.regions())
    for part in by_area(parts) if small_on_top else parts:
        below = issubclass(part.kind, Crowd) and not crowds
        label = IGNORED if part.name is None or below else table.get(part.name, others)
        if label is None:
            continue
        if part.box is None:
            empty.append(part.name or 'ignored')
            continue
        box, shown = part.box, part.shown
        if below:
            labels[box][shown & (top[box] < 0)] = IGNORED
            continue
        claimed[box] |= shown & (top[box] >= 0) & (labels[box] != label)
        labels[box][shown], top[box][shown] = label, len(names)
        names.append(part.name)
        boxes += bool(shown.all())
    seen = set(np.unique(top).tolist())
    hidden = [name for number, name in enumerate(names) if name is not None and number not in seen]
    return Drawing(labels, int(claimed.sum()), hidden, empty, len(names), boxes)


def bounding_box(shown: np.ndarray) -> tuple[slice, slice] | None:
    """Rows and columns of the smallest box around all True pixels of (H, W); None without any."""
    rows, columns = (np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0))
    return (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)) if rows.size else None


class Part(NamedTuple):
    """A region within the smallest box around it."""

    kind: type[Region]
    name: str | None
    box: tuple[slice, slice] | None  # rows and columns; None for a region without a pixel
    shown: np.ndarray  # (h, w), bool; packed by row while regions wait for their turn


def cut(region: Region) -> Part:
    box = bounding_box(region.shown)
    return Part(type(region), region.name, box, region.shown[box] if box else region.shown[:0, :0])


def by_area(parts: Iterable[Part]) -> Iterator[Part]:
    """The same parts, the largest first."""
    packed = [(part._replace(shown=np.packbits(part.shown, axis=1)), part.shown.shape[1], np.count_nonzero(part.shown))
              for part in parts]
    for part, width, _ in sorted(packed, key=lambda item: -item[2]):
        yield part._replace(shown=np.unpackbits(part.shown, axis=1, count=width).view(bool))
