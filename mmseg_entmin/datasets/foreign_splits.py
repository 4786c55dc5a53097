# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Split lists of other projects as lists of stems."""
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from torchvision.datasets.folder import IMG_EXTENSIONS

from .foreign_pickle import read_pickled_list

Entry = str | int
PICKLES = ('.pkl', '.pickle', '.p')
FIRST = re.compile(rf"\s*(.*?({'|'.join(map(re.escape, IMG_EXTENSIONS))})(?=\s|$)|\S+)", re.IGNORECASE)


def read_foreign(path: str | Path) -> list[Entry]:
    """Entries of a list: of a text file its lines (the last one may lack its newline), or of a pickle.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is neither, or empty, or a name in it is.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'{path}: no such list')
    content = path.read_bytes()
    if path.suffix in PICKLES or content[:1] == b'\x80':
        entries = read_pickled_list(path)
    else:
        try:
            entries = [line.strip() for line in content.decode('utf-8-sig').splitlines() if line.strip()]
        except UnicodeDecodeError as error:
            raise ValueError(f'{path}: neither text nor a pickle; give the published list') from error
    if not entries:
        raise ValueError(f'{path}: the list is empty; give the published list')
    if not all(str(entry).strip() for entry in entries):
        raise ValueError(f'{path}: holds an empty name; give the published list')
    return entries


def common_folder(*lists: Sequence[Entry] | None) -> PurePosixPath:
    """The folder that all entries share, of those that name one."""
    folders = [
        image_path(entry).parts[:-1] for entries in lists for entry in entries or () if not isinstance(entry, int)
    ]
    folders = [folder for folder in folders if folder]
    shared = folders[0] if folders else ()
    for folder in folders:
        while shared != folder[:len(shared)]:
            shared = shared[:-1]
    return PurePosixPath(*shared)


def image_path(entry: Entry) -> PurePosixPath:
    """The image of a line: its first column, by tabs or, without one, by blanks; up to its suffix, if it has one."""
    line = str(entry).replace('\\', '/')
    return PurePosixPath((line.split('\t')[0] if '\t' in line else FIRST.match(line)[1]).lstrip('/'))


def stems_of(entries: Sequence[Entry], folder: PurePosixPath, path: str | Path,
             pool: Sequence[str] | None = None) -> list[str]:
    """Stems of entries: names, paths or ``image mask`` lines; indices count into the pool.

    Args:
        entries: what :func:`read_foreign` gave.
        folder: where the paths start, which the stems leave out; names without a folder stay as they are.
        path: of the list, for errors.
        pool: stems of all training images.

    Raises:
        ValueError: An index without a pool or outside it, a name that is not in the pool, two of one name, or a path
            that does not start with ``folder``.
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
    """The first ``count`` entries of an order of the whole pool, and the others.

    Raises:
        ValueError: If that leaves none labeled or none unlabeled, or the order lacks an image.
    """
    order = stems_of(entries, folder, path, pool)
    if len(order) != len(pool):
        raise ValueError(f'{path}: orders {len(order)} images, but the pool has {len(pool)}; give the list of the same '
                         'training set')
    if not 0 < count < len(order):
        raise ValueError(f'{count} labeled of {len(order)}: give a number that leaves some unlabeled')
    return order[:count], order[count:]


def unlabeled_of(labeled: Sequence[str], others: Sequence[str], path: str | Path,
                 unlabeled_path: str | None) -> list[str]:
    """The unlabeled stems: of a pool without the labeled ones, or of a list of its own, which must share none.

    Raises:
        ValueError: If an image is in both lists, or none is left.
    """
    both = sorted(set(labeled) & set(others))
    if unlabeled_path is not None and both:
        raise ValueError(f'{unlabeled_path}: {both[0]} is in {path} as well ({len(both)} images are in both); '
                         'take them out of one')
    left = [stem for stem in others if stem not in set(labeled)]
    if not left:
        raise ValueError(f'{path}: labels all {len(labeled)} images, none is left unlabeled')
    return left
