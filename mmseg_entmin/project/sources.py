# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Where the labels of a project come from: mask files, or an export of an annotation tool."""
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from .annotations import label_studio_pngs
from .annotations.drawn import Drawn
from .annotations.export import Export, MaskForm
from .annotations.image_names import below
from .annotations.registry import recognise
from .code_tables import Meaning
from .in_parallel import in_parallel
from .mask_files import IGNORED, border
from .mask_source import image_pattern, masks_as_files
from .name_patterns import patterns
from .other_pictures import refuse_other_pictures, unread_note
from .pairs import find_files, refuse_all_labeled
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
    threshold: float | None = None
    nearest: float | None = None
    ignore_unknown: bool = False
    image_suffix: str | None = None
    mask_suffix: Sequence[str] = ()
    image_name: str | None = None
    mask_name: Sequence[str] = ()
    annotators: Sequence[str] = ()
    leave_out: Sequence[str] | None = None
    empty_too: bool = False
    small_on_top: bool = False
    crowd_objects: bool = False
    tasks: Path | None = None

    @property
    def mask_files(self) -> bool:
        """Whether only mask files can be meant."""
        return bool(self.colors or self.mask_suffix or self.mask_name or self.annotators) or self.values is not None \
            or self.threshold is not None


def find_source(images: Path, masks: Path, wish: Wish, may_be_all: bool = False,
                adapt: Callable = lambda export: export) -> tuple[dict[str, Path], Wish, Source, list[str]]:
    """The images by name, the wish with what a description of the masks adds to it, the labels of some of the images,
    and notes. Raises for images and labels that do not fit, and if no image is left without labels, unless
    `may_be_all`. `adapt` changes an `Export` or `MaskForm` before it is used."""
    export = read_export(masks, wish, class_names(wish.classes, images, masks))
    export = export and adapt(export)
    if isinstance(export, Export):
        places = below(export.images, masks, images)
        if len(set(places.values())) == len(places):  # absolute names and such may meet
            export = export._replace(images={places[name]: image for name, image in export.images.items()})
        found = find_files(images, wish.image_suffix, skip=wish.leave_out or ())
        source = Drawn(export, found, class_names(wish.classes, images, masks), wish.ignore_unknown, wish.empty_too,
                       wish.small_on_top, wish.crowd_objects)
        if not may_be_all:
            refuse_all_labeled(found, source.names)
        return found, wish, source, other_pictures(found, source, wish)
    if wish.empty_too or wish.small_on_top or wish.crowd_objects:
        raise ValueError(f"'{masks}' holds mask files; --empty-too, --small-on-top and --crowd-objects are for exports "
                         'of outlines, such as COCO JSON')
    notes = []
    if isinstance(export, MaskForm):
        export = export.in_order(class_names(wish.classes, images, masks))
        wish = wish._replace(**{key: value for key, value in export.options.items() if not getattr(wish, key)})
        masks, notes = export.folder, [f'masks read as {export.format} describes them', *export.notes]
    meaning = Meaning(class_names(wish.classes, images, masks), values=wish.values, threshold=wish.threshold,
                      nearest=wish.nearest, ignore_unknown=wish.ignore_unknown)
    image_names = image_pattern(wish.image_name, wish.image_suffix)
    found, source = masks_as_files(images, masks, image_names, patterns(wish.mask_name, wish.mask_suffix or ()),
                                   wish.leave_out or (), meaning, wish.colors, may_be_all, wish.annotators)
    if image_names is not None:
        wish = wish._replace(image_suffix=image_names.suffix)
    notes += unread_note(masks, [*found.values(), *source.files], wish.leave_out or ())
    return found, wish, source, notes + other_pictures(found, source, wish)


def read_export(place: Path, wish: Wish, classes: Sequence[str]) -> Export | MaskForm | None:
    """The export in a file or folder; None if only mask files can be meant."""
    if wish.mask_files and place.is_file():
        raise ValueError(f"'{place}' is a file, but --colors, --values, --threshold, --mask-suffix and --mask-name are "
                         'for a folder of mask files; leave them out, or give that folder')
    if wish.mask_files:
        return None
    export = recognise(place)
    strokes = label_studio_pngs.strokes_in(place) if export is None else []
    return label_studio_pngs.read(strokes, wish.tasks, classes) if strokes else export


def counted(source: Source) -> tuple[np.ndarray, np.ndarray]:
    """Number of pixels of each label, (N, 256), and share of the first class in the outermost pixels, (N, ), of each
    image; a source that knows them has a method `counted`."""
    if hasattr(source, 'counted'):
        return source.counted()

    def count(name: str) -> tuple[np.ndarray, float]:
        labels = source.labels(name)
        return np.bincount(labels.ravel(), minlength=IGNORED + 1), float((border(labels) == 0).mean())

    pixels, borders = zip(*in_parallel(count, source.names))
    return np.stack(pixels), np.array(borders)


def other_pictures(images: dict[str, Path], source: Source, wish: Wish) -> list[str]:
    return refuse_other_pictures(images, source.names) if wish.leave_out is None else []
