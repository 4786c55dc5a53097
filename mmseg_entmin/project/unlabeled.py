# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Unlabeled images in folders of their own."""
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from torchvision.datasets.folder import IMG_EXTENSIONS

from mmseg_entmin.apis.image_files import files_below, skipped
from mmseg_entmin.words import amount

from .name_patterns import posix
from .other_pictures import refuse_other_pictures
from .pairs import find_files


class Unlabeled(NamedTuple):
    """Unlabeled images of one folder and suffix."""

    folder: Path
    suffix: str
    images: dict[str, Path]  # by name, sorted


def find_unlabeled(folders: Sequence[Path], known: Iterable[Path], labeled: Iterable[Path], masks: Iterable[Path],
                   leave_out: Sequence[str] | None = None) -> tuple[list[Unlabeled], list[str]]:
    """The images of some folders, one entry for each suffix, and notes for the user.

    Files that are known already, masks, and copies of labeled images, byte by byte, do not count: a copy of a
    validation image would be trained on.

    Args:
        folders: the folders; their images may have the same names.
        known: images of the project.
        labeled: those of them with masks.
        masks: the mask files.
        leave_out: as `--leave-out`.

    Raises FileNotFoundError for a folder without images, and ValueError if no image is left or names tell of other
    pictures.
    """
    taken = {path.resolve() for path in (*known, *masks)}
    by_size = defaultdict(list)
    for path in labeled:
        by_size[os.path.getsize(path)].append(path)
    found, notes = [], []
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(f"--unlabeled '{folder}' is not a folder (current folder: {Path.cwd()})")
        names = [name for path in files_below(folder) if not skipped(name := posix(path, folder), leave_out or ())]
        suffixes = sorted({suffix for name in names if (suffix := Path(name).suffix).lower() in IMG_EXTENSIONS})
        if not suffixes:
            raise FileNotFoundError(f"--unlabeled '{folder}' has no image")
        copies: list[tuple[Path, Path]] = []
        before = len(found)
        for suffix in suffixes:
            images = find_files(folder, suffix, skip=leave_out or ())
            if leave_out is None:
                notes += refuse_other_pictures(images, [])
            left = {}
            for name, path in sorted(images.items()):
                real = path.resolve()
                if real in taken:
                    continue
                taken.add(real)
                copy = next((other for other in by_size[os.path.getsize(path)] if same(path, other)), None)
                if copy is not None:
                    copies.append((path, copy))
                else:
                    left[name] = path
            if left:
                found.append(Unlabeled(folder, suffix, left))
        if copies:
            notes.append(f"left out: {amount(len(copies), 'copy', 'copies')} of labeled images in '{folder}', like "
                         f"'{copies[0][0]}' of '{copies[0][1]}'")
        if len(found) == before:
            notes.append(f"'{folder}' adds no unlabeled image: all are labeled or known already")
    return found, notes


def same(first: Path, second: Path) -> bool:
    """Whether two files of one size hold the same bytes."""
    return len({hashlib.blake2b(path.read_bytes()).digest() for path in (first, second)}) == 1


def config_value(own: bool, more: Sequence[Unlabeled]) -> str:
    """The value of `unlabeled` in the call of `semi_supervised`: the list of the project's own folder, and an entry for
    each other one."""
    entries = ["'splits/unlabeled.txt'"] * own
    entries += [f'dict(\n        ann_file={f"splits/{list_name(number)}"!r}, img_suffix={each.suffix!r},\n'
                f'        data_prefix=dict(img_path={str(each.folder.resolve())!r}))'
                for number, each in enumerate(more, start=1)]
    return entries[0] if len(entries) == 1 else '[\n    ' + ',\n    '.join(entries) + ']'


def list_name(number: int) -> str:
    """The file name of the list of another folder, from 1."""
    return f'unlabeled_{number}.txt'
