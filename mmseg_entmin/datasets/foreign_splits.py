# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Split lists of other projects as lists of stems."""
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from posixpath import commonpath

from torchvision.datasets.folder import IMG_EXTENSIONS

from .foreign_pickle import read_pickled_list
from .foreign_tables import is_image, table_entries

Entry = str | int
FIRST = re.compile(rf"\s*(.*?({'|'.join(map(re.escape, IMG_EXTENSIONS))})(?=\s|$)|\S+)", re.IGNORECASE)


def read_foreign(path: str | Path, role: str = '') -> list[Entry]:
    """Entries of a list: lines of text, of CSV, YAML or JSON, or values of a pickle.

    `role`, 'labeled' or 'unlabeled', chooses where a file holds both. Raises if it is missing, unreadable or empty.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such list')
    content = path.read_bytes()
    if path.suffix in ('.pkl', '.pickle', '.p') or content[:1] == b'\x80':
        entries = read_pickled_list(path)
    else:
        try:
            text = content.decode('utf-8-sig')
            entries = table_entries(text, path.suffix.lower(), role)
        except ValueError as error:
            reason = 'neither text nor a pickle' if isinstance(error, UnicodeDecodeError) else error
            raise ValueError(f'{path}: {reason}; give one published list') from error
        if entries is None:
            entries = [line.strip() for line in text.splitlines() if line.strip()]
            first, *others = [is_image(image_path(entry)) for entry in entries] or [True]
            if others and all(others) and not first:
                raise ValueError(f"{path}: the first line, '{entries[0]}', names no image file, but all others do; "
                                 'take it out if it is a header')
    if not entries:
        raise ValueError(f'{path}: the list is empty; give the published list')
    if not all(str(entry).strip() for entry in entries):
        raise ValueError(f'{path}: holds an empty name; give the published list')
    return entries


def common_folder(*lists: Sequence[Entry] | None) -> PurePosixPath:
    """The folder that all entries with a folder share."""
    paths = [image_path(entry) for entries in lists for entry in entries or () if not isinstance(entry, int)]
    folders = [str(path.parent) for path in paths if len(path.parts) > 1]
    return PurePosixPath(commonpath(folders) if folders else '')


def image_path(entry: Entry) -> PurePosixPath:
    """The image of a line: its first column (by tabs, else by blanks), up to the image suffix if it has one."""
    line = str(entry).replace('\\', '/')
    return PurePosixPath((line.split('\t')[0] if '\t' in line else FIRST.match(line)[1]).lstrip('/'))


def stems_of(entries: Sequence[Entry], folder: PurePosixPath, path: str | Path,
             pool: Sequence[str] | None = None) -> list[str]:
    """Stems of entries: names, paths, `image mask` lines, or indices into the pool (the stems of all training images).

    `folder` is removed from the start of the paths; names without a folder stay as they are. An index or a name outside
    the pool, a duplicate, or a path outside `folder` raises ValueError that names the list, `path`.
    """
    if any(isinstance(entry, int) for entry in entries):
        if pool is None:
            raise ValueError(f'{path}: holds indices; give the list that they count with --pool')
        wrong = [index for index in entries if not isinstance(index, int) or not 0 <= index < len(pool)]
        if wrong:
            raise ValueError(f'{path}: index {wrong[0]!r} is outside the pool of {len(pool)} images; '
                             'give the list that the indices were made for')
        stems = [pool[index] for index in entries]
    else:
        stems = [_stem(image_path(entry), folder, path) for entry in entries]
    twice = [stem for stem, times in Counter(stems).items() if times > 1]
    if twice:
        raise ValueError(f'{path}: names {twice[0]} more than once; give a list in which each image is once')
    strange = sorted(set(stems) - set(pool)) if pool is not None else []
    if strange:
        raise ValueError(f'{path}: names {strange[0]}, which is not in the pool ({len(strange)} of {len(stems)} are '
                         'not); give --strip, or the list of the same data set')
    return stems


def _stem(image: PurePosixPath, folder: PurePosixPath, path: str | Path) -> str:
    if len(image.parts) > 1:
        if not image.is_relative_to(folder):
            raise ValueError(f'{path}: {image} is not below {folder}; give with --strip the folder that all start with')
        image = image.relative_to(folder)
    return str(image.with_suffix('') if image.suffix.lower() in IMG_EXTENSIONS else image)


def split_pool(entries: Sequence[Entry], pool: Sequence[str], count: int, folder: PurePosixPath,
               path: str | Path) -> tuple[list[str], list[str]]:
    """The first `count` entries of an order of the whole pool, and the others."""
    order = stems_of(entries, folder, path, pool)
    if len(order) != len(pool):
        raise ValueError(f'{path}: orders {len(order)} images, but the pool has {len(pool)}; give the list of the same '
                         'training set')
    if not 0 < count < len(order):
        raise ValueError(f'{count} labeled of {len(order)}: give a number that leaves some unlabeled')
    return order[:count], order[count:]


def unlabeled_of(labeled: Sequence[str], others: Sequence[str], path: str | Path,
                 unlabeled_path: str | None) -> list[str]:
    """The unlabeled stems: the pool without the labeled ones, or a list of its own that must share none."""
    both = sorted(set(labeled) & set(others))
    if unlabeled_path is not None and both:
        raise ValueError(f'{unlabeled_path}: {both[0]} is in {path} as well ({len(both)} images are in both); '
                         'take them out of one')
    left = [stem for stem in others if stem not in set(labeled)]
    if not left:
        raise ValueError(f'{path}: labels all {len(labeled)} images, none is left unlabeled')
    return left
