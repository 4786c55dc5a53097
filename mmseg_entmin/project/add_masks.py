# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Takes more masks, such as corrected ones, into a project that exists."""
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from mmseg_entmin.apis.image_files import files_below
from mmseg_entmin.apis.pictures import save_mask
from mmseg_entmin.atomic import refuse_inside, remove_partial_files, write_atomic
from mmseg_entmin.datasets.splits import write_lists

from .annotations.drawn import Drawn
from .annotations.export import IGNORED
from .config_text import with_counts, with_date
from .existing import Existing, open_project
from .fit_classes import fit_classes, outside
from .palette import Color
from .sources import Source, Wish, find_source
from .swap import recover, staged, swap


class Added(NamedTuple):
    """What became of the images of an export, by name."""

    project: Existing  # as it is now
    new: list[str]  # from unlabeled to labeled
    updated: list[str]  # labeled or validation images whose masks were replaced
    labeled: list[str]  # labeled images whose other masks were not taken
    val: list[str]  # validation images whose other masks were not taken
    same: list[str]  # labeled and validation images whose masks were these already
    pixels: np.ndarray  # of each label in the masks that were taken, (256, )
    note: str
    notes: list[str]


def add_masks(folder: Path, masks: Path, wish: Wish = Wish(), rename: Mapping[str, str] | None = None,
              rest: str | None = None, update: bool = False, update_val: bool = False) -> Added:
    """Adds the masks of an export to the labeled images of a project, all or none of them.

    Args:
        folder: the project.
        masks: mask files or an export, as `find_source` reads them.
        wish: options for them, without the classes, which are those of the project.
        rename: names of classes in the export, and the classes of the project that they mean.
        rest: what pixels without a region are, 'background' or 'ignored'. Default: see `outside`.
        update: replace masks of labeled images.
        update_val: replace masks of validation images, which stay validation images.

    ValueError, FileNotFoundError or OSError with the problem; the project is then as it was.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"'{folder}' is not a folder (current folder: {Path.cwd()})")
    with locked(folder):
        clean(folder)
        project = open_project(folder)
        refuse_inside([project.masks], [masks])
        source, notes = read(project, masks, wish, rename or {}, rest)
        return take(project, source, update, update_val, notes)


def clean(folder: Path) -> None:
    """Puts right what a process left that was killed."""
    for kept in ('masks', 'splits'):
        recover(folder / kept)
    remove_partial_files(folder)


def take(project: Existing, source: Source, update: bool, update_val: bool, notes: list[str]) -> Added:
    """Plans and writes; the result has the lists as they are then."""
    added = plan(project, source, update, update_val, notes)
    if added.new or added.updated:
        write(added, source)
    return added._replace(project=write_configs(project, added))


def read(project: Existing, masks: Path, wish: Wish, rename: Mapping[str, str],
         rest: str | None) -> tuple[Source, list[str]]:
    """The masks in the classes of the project, and notes."""
    if not wish.mask_files and own_masks(masks, project.palette):
        wish = wish._replace(values=list(range(len(project.classes))))
    wish = wish._replace(classes=project.classes, image_suffix=None if wish.image_name else project.suffix,
                         leave_out=wish.leave_out or ())
    adapt = partial(fit_classes, classes=project.classes, renamed=rename, ignore_unknown=wish.ignore_unknown)
    _, _, source, notes = find_source(project.images, masks, wish, may_be_all=True, adapt=adapt)
    if isinstance(source, Drawn):
        rest = rest or outside(source.export, project.classes)
        source.outside = 0 if rest == 'background' else IGNORED
    elif rest is not None:
        raise ValueError('--rest is for exports with regions, not for mask files')
    known = set().union(*project.names.values())
    strange = [name for name in source.names if name not in known]
    if strange:
        raise ValueError(f"{strange[0]} is in none of the project's lists ({len(strange)} of {len(source.names)} are "
                         f"not); write it into '{project.lists['unlabeled']}' first")
    return source, notes


def own_masks(place: Path, palette: list[Color]) -> bool:
    """Whether all files in a folder are PNG masks in the colors of the project, as this package writes them."""
    files = [path for path in files_below(place)] if place.is_dir() else []
    return bool(files) and all(path.suffix == '.png' and has_palette(path, palette) for path in files)


def has_palette(path: Path, palette: list[Color]) -> bool:
    try:
        with Image.open(path) as image:
            own = image.getpalette() if image.mode == 'P' else None
    except OSError:
        return False
    return own is not None and own[:3 * len(palette)] == [part for color in palette for part in color]


def plan(project: Existing, source: Source, update: bool, update_val: bool, notes: list[str]) -> Added:
    """What will become of each image."""
    kinds = {name: kind for kind, names in project.names.items() for name in names}
    found: dict[str, list[str]] = dict(unlabeled=[], labeled=[], val=[], same=[])
    pixels, per_image, borders = np.zeros(IGNORED + 1, np.int64), [], []
    for name in source.names:
        labels, kind = source.labels(name), kinds[name]
        if kind != 'unlabeled' and same_labels(project.masks / f'{name}.png', labels):
            kind = 'same'
        found[kind].append(name)
        per_image.append(np.bincount(labels.ravel(), minlength=IGNORED + 1))
        if kind == 'unlabeled' or (kind == 'labeled' and update) or (kind == 'val' and update_val):
            pixels += per_image[-1]
        borders.append(1.)  # a project that trains has its meaning of the values
    taken = (found['labeled'] if update else []) + (found['val'] if update_val else [])
    notes = [*notes, *source.doubts(np.stack(per_image), borders)]
    return Added(project, found['unlabeled'], taken, [] if update else found['labeled'],
                 [] if update_val else found['val'], found['same'], pixels, source.note, notes)


def same_labels(path: Path, labels: np.ndarray) -> bool:
    if not path.is_file():
        return False
    with Image.open(path) as image:
        return np.array_equal(np.asarray(image), labels)


def write(added: Added, source: Source) -> None:
    """Replaces the folders of masks and lists by complete new ones, each in one step. Masks come first: those without
    a name in the lists change nothing."""
    project = added.project
    names = [*added.new, *added.updated]
    stages: dict[Path, Path] = {}
    try:
        stage = stages[project.masks] = staged(project.masks, {Path(f'{name}.png') for name in names})
        for name in names:
            save_mask(source.labels(name), project.palette, stage / f'{name}.png')
        for kind, stems in names_after(added).items():
            path = project.lists[kind]
            if stems != project.names[kind]:
                if path.parent not in stages:
                    stages[path.parent] = staged(path.parent)
                write_lists({stages[path.parent] / path.name: stems}, force=True)
    except BaseException:
        for stage in stages.values():
            shutil.rmtree(stage, ignore_errors=True)
        raise
    for place, stage in stages.items():
        swap(stage, place)


def names_after(added: Added) -> dict[str, list[str]]:
    """The lists with the new images moved."""
    names, new = added.project.names, set(added.new)
    return dict(names, labeled=sorted([*names['labeled'], *added.new]),
                unlabeled=[name for name in names['unlabeled'] if name not in new])


def write_configs(project: Existing, added: Added) -> Existing:
    """Corrects the numbers in the comments of the configs; returns the project with its new lists."""
    names = names_after(added)
    counts = {kind: len(stems) for kind, stems in names.items()}
    counts['unlabeled'] += project.more
    for path in project.configs:
        text = path.read_text(encoding='utf-8')
        corrected = with_counts(text, counts)
        if added.new or added.updated:
            corrected = with_date(corrected)
        if corrected != text:
            write_atomic(corrected.encode(), path)
    return project._replace(names=names)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Two processes that add masks to one project do it in turn."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
