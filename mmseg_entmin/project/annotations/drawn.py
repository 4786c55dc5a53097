# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The labels of an export: its regions, drawn over a background."""
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_entmin.words import amount

from ..header import read_header
from ..in_parallel import in_parallel
from ..mask_files import border
from ..pairs import check_size
from ..palette import BLACK, Color, default_palette
from .documents import reading_parts
from .export import IGNORE, IGNORED, Annotated, Crowd, Drawing, Export, draw
from .image_names import match

BACKGROUND = 'background'
OUTSIDE = 1.05  # times the size of an image, which regions reach that were drawn on a larger one
BOXES = 0.9  # share of the regions from which on they are named
BACKGROUNDS = (BACKGROUND, '_background_', '__background__', 'bg')  # names of it in exports


class Look(NamedTuple):
    """What is counted in the labels of an image."""

    pixels: np.ndarray  # of each label, (256, )
    border: float  # share of the first class in the outermost pixels
    counts: Counter


class Drawn:
    """Labels drawn from an export, for a project.

    Args:
        export: what a reader returned.
        images: image files by name.
        classes: names in the order of their labels. Default: `background` and those of the export. A first name that
            is no class of the export is the background. Without a background, pixels of no region are ignored.
        ignore_unknown: regions of classes that are not in `classes` are ignored. Default: they are not drawn.
        empty_too: images of the export without a region are all background. Default: they count as unlabeled.
        small_on_top: smaller regions lie over larger ones. Default: the order of the export.
        crowds: regions that are no single objects, by the export, are objects. Default: ignored, below all objects.

    Raises ValueError for classes that do not fit, images that cannot be told apart, or sizes that do not agree.
    """

    def __init__(self, export: Export, images: dict[str, Path], classes: Sequence[str] = (),
                 ignore_unknown: bool = False, empty_too: bool = False, small_on_top: bool = False,
                 crowds: bool = False) -> None:
        self.small_on_top, self.empty_too, self.crowds = small_on_top, empty_too, crowds
        self.classes, self.outside = order(export, classes)
        if self.outside != IGNORED:
            export = with_background(export, self.classes[self.outside])
        self.export = export
        self.left_out = [name for name in export.classes if name not in self.classes]
        self.others = IGNORED if ignore_unknown else None
        found, self.missing = match(export.images, images)
        if not found:
            raise ValueError(f"none of the {len(export.images)} images of the {export.format} is in the folder of "
                             f"images, like '{next(iter(export.images))}'; give the folder that holds them")
        self.annotated = {found[name]: fitted(export.images[name], found[name], images[found[name]]) for name in found}
        self.changed = sorted(found[name] for name in found if changed(export.images[name], images[found[name]]))
        with reading_parts(f'a region of the {export.format}'):
            self.bare = sorted(name for name, image in self.annotated.items() if not has_region(image, self.crowds))
        for name in [] if empty_too else self.bare:
            del self.annotated[name]
        if not self.annotated:
            raise ValueError('; '.join([f'no image of the {export.format} has a region', *export.notes]))

    @property
    def names(self) -> list[str]:
        """The sorted names of the annotated images."""
        return sorted(self.annotated)

    @property
    def files(self) -> list[Path]:
        """The mask files: none."""
        return []

    @property
    def palette(self) -> list[Color]:
        """The colors of the export, black for a background without one, if they are different and complete, else
        default ones."""
        known = {**dict.fromkeys([self.classes[0]] if self.outside == 0 else [], BLACK), **self.export.colors}
        colors = [known.get(name) for name in self.classes]
        return colors if None not in colors and len(set(colors)) == len(colors) else default_palette(len(colors))

    def draw(self, name: str) -> Drawing:
        with reading_parts(f"the annotation of '{name}'"):
            return draw(self.annotated[name], self.classes, self.outside, self.others, self.small_on_top, self.crowds)

    def labels(self, name: str) -> np.ndarray:
        """Labels of an image, (H, W), uint8."""
        return self.draw(name).labels

    @cached_property
    def looks(self) -> list[Look]:
        """What is counted in each image; draws all."""
        return in_parallel(self.look, self.names)

    def look(self, name: str) -> Look:
        drawing = self.draw(name)
        counts = Counter(pixels=drawing.labels.size, claimed=drawing.claimed, drawn=drawing.drawn, boxes=drawing.boxes)
        counts.update(('hidden', region) for region in drawing.hidden)
        counts.update(('empty', region) for region in drawing.empty)
        return Look(np.bincount(drawing.labels.ravel(), minlength=IGNORED + 1),
                    float((border(drawing.labels) == 0).mean()), counts)

    @property
    def counts(self) -> Counter:
        """Pixels and regions of all images, by what is said of them."""
        return sum((look.counts for look in self.looks), Counter())

    def counted(self) -> tuple[np.ndarray, np.ndarray]:
        """Number of pixels of each label, (N, 256), and share of the first class in the outermost pixels, (N, )."""
        return np.stack([look.pixels for look in self.looks]), np.array([look.border for look in self.looks])

    @property
    def note(self) -> str:
        """The heading of the report."""
        rest = self.classes[self.outside] if self.outside != IGNORED else 'ignored'
        return f'{amount(len(self.annotated), "image")} annotated in {self.export.format}, what has no region is {rest}'

    def doubts(self, pixels: np.ndarray, borders: Sequence[float]) -> list[str]:
        """What the user should know; the counts of labels are not needed."""
        notes = [*self.export.notes]
        alike = Counter(name.lower() for name in self.classes)
        if twice := [name for name in self.classes if alike[name.lower()] > 1]:
            notes.append(f"classes {', '.join(twice)} differ only in capital letters; if they are one, make them "
                         'one in the tool')
        if self.missing:
            notes.append(f'{len(self.missing)} of {len(self.export.images)} images of the export are not in the folder '
                         f"of images and are left out, like '{self.missing[0]}'")
        if self.bare:
            meaning = f'all {self.classes[self.outside]}' if self.empty_too and self.outside != IGNORED else \
                'all ignored' if self.empty_too else 'unlabeled; if they show no object, give --empty-too'
            notes.append(f'without a region: {amount(len(self.bare), "image")} of the export, like {self.bare[0]}; '
                         f'taken as {meaning}')
        if self.changed:
            notes.append(f'not the annotated files, by their bytes: {amount(len(self.changed), "image")}, like '
                         f'{self.changed[0]}; if they were resized or cropped since, the labels are wrong')
        if self.left_out:
            notes.append(f"regions of {', '.join(self.left_out)} are "
                         + ('ignored' if self.others else 'not drawn, as --classes does not name them'))
        counts = self.counts
        if claimed := counts['claimed']:
            top = 'the smaller region counts' if self.small_on_top else 'the later region of the export counts'
            notes.append(f"{amount(claimed, 'pixel is', 'pixels are')} in regions of several classes "
                         f"({claimed / counts['pixels']:.2%}); {top}")
        if counts['boxes'] > BOXES * counts['drawn']:
            notes.append(f"{counts['boxes']} of {counts['drawn']} regions are upright boxes, as for detection: what is "
                         'beside the object in its box counts as the object; outlines or masks would leave it out')
        for kind, text in (('hidden', 'are wholly under later ones; --small-on-top draws smaller regions over larger'),
                           ('empty', 'have no pixel: they are thinner than one, or outside the image')):
            found = Counter({key[1]: number for key, number in counts.items() if key[0] == kind})
            if found:
                listed = ', '.join(f'{number} of {name}' for name, number in found.most_common())
                notes.append(f'regions that {text}: {listed}')
        return notes


def order(export: Export, classes: Sequence[str]) -> tuple[list[str], int]:
    """Names in the order of their labels, and the label of what has no region, which is ignored if no name is one of a
    background; ValueError for names that do not fit."""
    own = [name for name in export.classes if is_background(name)]
    if len(own) > 1:
        raise ValueError(f"the export has several backgrounds, {', '.join(own)}; make them one in the tool")
    if not classes and len(export.classes) >= IGNORED:
        raise ValueError(f'the export has {len(export.classes)} classes, a project has {IGNORED} at most; take some '
                         'with --classes')
    if not classes and not export.background:
        return export.classes, IGNORED
    if not classes:
        return [*(own or [BACKGROUND]), *(name for name in export.classes if name not in own)], 0
    names = [name for name in classes if name != IGNORE]  # in a list of labels for labelme
    if len(set(names)) != len(names) or not 2 <= len(names) <= IGNORED:
        raise ValueError(f"--classes {' '.join(names)}: give 2 to {IGNORED} different names, with the "
                         'background, usually first')
    backgrounds = [name for name in names if is_background(name)]
    unknown = [name for name in names if name not in export.classes and name not in backgrounds]
    alike = get_close_matches(unknown[0], [name for name in export.classes if name not in own]) if unknown else []
    if unknown == names[:1] and not backgrounds and not alike:
        backgrounds, unknown = unknown, []
    lower = {name.lower(): name for name in names}
    if twins := [name for name in export.classes if name not in names and name.lower() in lower
                 and name not in own]:
        raise ValueError(f"'{twins[0]}' of the export and '{lower[twins[0].lower()]}' of --classes differ only in "
                         'capital letters: make them one in the tool, or name both')
    if unknown or len(backgrounds) > 1:
        meant = f" (do you mean '{alike[0]}'?)" if alike else ''
        wrong = f"'{unknown[0]}', which is no class of the export{meant}" if unknown else \
            f"two backgrounds, {', '.join(backgrounds)}"
        raise ValueError(f"--classes names {wrong}; the export has {', '.join(export.classes)}. The first name may be "
                         f"another one, for the background")
    return names, names.index(backgrounds[0]) if backgrounds else IGNORED


def is_background(name: str) -> bool:
    return name.lower() in BACKGROUNDS


def with_background(export: Export, name: str) -> Export:
    """The export with another name of its own background, if it has one."""
    own = next((own for own in export.classes if is_background(own) and own != name), None)
    if own is None:
        return export

    def renamed(image: Annotated) -> Annotated:
        return image._replace(regions=lambda: (
            region._replace(name=name) if region.name == own else region for region in image.regions()))

    return export._replace(
        classes=[name if old == own else old for old in export.classes],
        colors={name if old == own else old: color for old, color in export.colors.items()},
        images={path: renamed(image) for path, image in export.images.items()})


def fitted(image: Annotated, name: str, path: Path) -> Annotated:
    """An annotation with the size of its image; ValueError if the export says another one."""
    check_size(f"the annotation of '{name}'", image.size, path)
    if image.size is None:
        size = read_header(path).loaded_size
        if changed(image, path) and image.reach and any(
                far > OUTSIDE * side for far, side in zip(image.reach, size)):
            x, y = (round(far) for far in image.reach)
            raise ValueError(f"the regions of '{name}' reach to ({x}, {y}), its image '{path}' is {size[0]} x "
                             f'{size[1]} pixels, and not the file that was annotated, of {image.bytes} bytes: give the '
                             'folder of the annotated images')
        return Annotated(size, partial(image.regions, size))
    return image


def changed(image: Annotated, path: Path) -> bool:
    """Whether the file of an image is not the one that was annotated."""
    return image.bytes not in (None, path.stat().st_size)


def has_region(image: Annotated, crowds: bool) -> bool:
    """Whether an image has a region of a class; of a crowd only if these are objects."""
    return any(region.name is not None and (crowds or not isinstance(region, Crowd)) for region in image.regions())
