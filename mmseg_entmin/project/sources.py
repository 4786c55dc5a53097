# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Where the labels of a project come from: mask files, or an export of an annotation tool."""
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from .annotations import label_studio_pngs
from .annotations.drawn import Drawn
from .annotations.export import Export, MaskForm
from .annotations.registry import recognise
from .masks import find_layers, read_masks
from .other_pictures import refuse_more_masks, refuse_other_pictures
from .pairs import check_pairs, find_files, leave_out_masks, named_as_images
from .palette import Color, class_names


class Source(Protocol):
    """The labels of images."""

    classes: list[str]
    palette: list[Color]
    names: list[str]  # of the images with labels, sorted
    files: list[Path]  # that were read
    note: str  # what was read, and how it became labels

    def labels(self, name: str) -> np.ndarray:
        """Labels of an image, (H, W), uint8; 255 is ignored."""

    def doubts(self, pixels: np.ndarray, borders: Sequence[float]) -> list[str]:
        """Notes for the user, from the pixels of each label, (N, 256), and the share of the first class at borders."""


class Wish(NamedTuple):
    """What the user says about masks; the options of these names."""

    classes: Sequence[str] = ()
    colors: Sequence[str] = ()
    values: list[int] | None = None
    threshold: int | None = None
    ignore_unknown: bool = False
    image_suffix: str | None = None
    mask_suffix: Sequence[str] = ()
    leave_out: Sequence[str] | None = None
    empty_too: bool = False
    small_on_top: bool = False
    tasks: Path | None = None

    @property
    def mask_files(self) -> bool:
        """Whether only mask files can be meant."""
        return bool(self.colors or self.mask_suffix) or self.values is not None or self.threshold is not None


def find_source(images: Path, masks: Path, wish: Wish, may_be_all: bool = False,
                adapt: Callable = lambda export: export) -> tuple[dict[str, Path], Wish, Source, list[str]]:
    """The images by name, the wish with what a description of the masks adds to it, the labels of some of the images,
    and notes. Raises for images and labels that do not fit, and if no image is left without labels, unless
    `may_be_all`. `adapt` changes an `Export` or `MaskForm` before it is used."""
    export = read_export(masks, wish, class_names(wish.classes, images, masks))
    export = export and adapt(export)
    if isinstance(export, Export):
        found = find_files(images, wish.image_suffix, skip=wish.leave_out or ())
        source = Drawn(export, found, class_names(wish.classes, images, masks), wish.ignore_unknown, wish.empty_too,
                       wish.small_on_top)
        if not may_be_all:
            refuse_all_labeled(found, source)
        return found, wish, source, other_pictures(found, source, wish)
    if wish.empty_too or wish.small_on_top:
        raise ValueError(f"'{masks}' holds mask files; --empty-too and --small-on-top are for exports of outlines, "
                         'such as COCO JSON')
    notes = []
    if isinstance(export, MaskForm):
        wish = wish._replace(**{key: value for key, value in export.options.items() if not getattr(wish, key)})
        masks, notes = export.folder, [f'masks read as {export.format} describes them', *export.notes]
    found, source, more = masks_as_files(images, masks, wish, may_be_all)
    return found, wish, source, notes + more


def read_export(place: Path, wish: Wish, classes: Sequence[str]) -> Export | MaskForm | None:
    """The export in a file or folder; None if only mask files can be meant."""
    if wish.mask_files:
        return None
    export = recognise(place)
    strokes = label_studio_pngs.strokes_in(place) if export is None else []
    return label_studio_pngs.read(strokes, wish.tasks, classes) if strokes else export


def masks_as_files(images: Path, masks: Path, wish: Wish,
                   may_be_all: bool = False) -> tuple[dict[str, Path], Source, list[str]]:
    """The images, the labels of some of them from mask files, and notes."""
    suffixes, skip = list(wish.mask_suffix), wish.leave_out or ()
    if images.resolve() == masks.resolve() and not (wish.image_suffix and suffixes):
        raise ValueError(f"images and masks are both in '{images}'; tell them apart with --image-suffix and "
                         '--mask-suffix, like .jpg and .png')
    below = masks.resolve() != images.resolve() and masks.resolve().is_relative_to(images.resolve())
    found = find_files(images, wish.image_suffix, masks if below else None, skip)
    layers = find_layers(masks, suffixes, skip)
    found = leave_out_masks(found, [path for layer in layers for path in layer.values()], suffixes)
    layers = [named_as_images(layer, found) for layer in layers]
    check_pairs(found, [item for layer in layers for item in layer.items()], may_be_all)
    refuse_more_masks(masks, layers, suffixes, skip)
    source = read_masks(layers, suffixes, class_names(wish.classes, images, masks), wish.colors, wish.values,
                        wish.threshold, wish.ignore_unknown)
    return found, source, other_pictures(found, source, wish)


def other_pictures(images: dict[str, Path], source: Source, wish: Wish) -> list[str]:
    return refuse_other_pictures(images, source.names) if wish.leave_out is None else []


def refuse_all_labeled(images: dict[str, Path], source: Source) -> None:
    if set(source.names) >= images.keys():
        raise ValueError(f'all {len(images)} images have a mask: nothing is unlabeled')
