# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Groups of images that belong together (of one patient, slide or film), and splits that keep each group whole."""
import csv
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

TABLES = ('.csv', '.tsv', '.txt')
NAME_COLUMNS = ('name', 'image', 'images', 'image_name', 'file', 'file_name', 'filename', 'path', 'stem')
GROUP_COLUMNS = ('group', 'patient', 'patient_id', 'subject', 'slide', 'film', 'video', 'case', 'place', 'site')
ORDERS = 10  # random orders of the groups, of which the best is taken


def read_groups(text: str, names: Collection[str]) -> dict[str, str]:
    """Groups of images, by name; images that it says nothing of are missing.

    Args:
        text: a CSV file with a name and a group a line (names with or without suffix; a header may say which column
            is which); or a pattern like '{}_*', where `{}` is the group and `*` anything; or a regular expression,
            whose first bracket, or whole match, is the group.
        names: names of images, as in lists.

    Raises FileNotFoundError for a missing table, and ValueError for another kind of file or a wrong expression.
    """
    path = Path(text)
    if path.is_file() or path.suffix.lower() in TABLES:
        return groups_of_table(path, names)
    if '{}' in text:
        pieces = {'{}': '(.+?)', '*': '.*'}
        expression = ''.join(pieces.get(piece) or re.escape(piece) for piece in re.split(r'(\{\}|\*)', text)) + '$'
        matches = {name: re.match(expression, name) for name in names}
    else:
        try:
            matches = {name: re.search(text, name) for name in names}
        except re.error as error:
            raise ValueError(f"--groups '{text}' is neither a file nor a pattern like '{{}}_*', nor a regular "
                             f'expression: {error}') from error
    return {name: match[1] if match.re.groups and match[1] is not None else match[0]
            for name, match in matches.items() if match}


def groups_of_table(path: Path, names: Collection[str]) -> dict[str, str]:
    """The groups in a CSV file, for those of the names that it holds."""
    if not path.is_file():
        raise FileNotFoundError(f"--groups '{path}' does not exist (current folder: {Path.cwd()})")
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"--groups '{path}' is no text in UTF-8; save it as CSV") from error
    delimiter = max(',;\t', key=(lines or [''])[0].count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    header = [cell.lower() for cell in rows[0]] if rows else []
    columns = [next((place for place, cell in enumerate(header) if cell in known), None)
               for known in (NAME_COLUMNS, GROUP_COLUMNS)]
    if None in columns and any(len(row) != 2 for row in rows):
        raise ValueError(f"--groups '{path}': give lines of two cells, name and group, or a first line that names "
                         'these columns')
    at, of = (0, 1) if None in columns else columns
    own = {name: name for name in names}
    for name in names:  # the name of the file alone, where it is unique
        own.setdefault(PurePosixPath(name).name, name)
    shared = Counter(PurePosixPath(name).name for name in names)
    found: dict[str, str] = {}
    for row in rows:
        if len(row) <= max(at, of):
            raise ValueError(f"--groups '{path}': line '{delimiter.join(row)}' has no group")
        for cell in (row[at], PurePosixPath(row[at]).with_suffix('').as_posix() if row[at] else ''):
            if cell in own and (own[cell] == cell or shared[cell] == 1):
                name = own[cell]
                if found.get(name, row[of]) != row[of]:
                    raise ValueError(f"--groups '{path}': {name} is in {found[name]} and in {row[of]}")
                found[name] = row[of]
                break
    if not found:
        raise ValueError(f"--groups '{path}' names none of the {len(names)} images, like {next(iter(names), '')}")
    return found


def draw_parts(groups: Sequence[str], shares: Sequence[float], seed: int = 0,
               presence: np.ndarray | None = None) -> np.ndarray:
    """Draws parts of a pool, such as training and validation or folds, that share no group.

    Groups are dealt out in a random order, each to the part that then comes nearest to its share of the images and,
    with `presence`, of the images that show each class. The best of some orders is taken.

    Args:
        groups: group of each of n images.
        shares: share of the images for each part; their sum is 1.
        seed: of the orders. Default 0.
        presence: which classes occur in which image, bool, (n, C). Default: only numbers of images count.

    Returns the part of each image, (n, ), int, from 0. ValueError: there are fewer groups than parts.
    """
    names, where = np.unique(np.asarray(groups, str), return_inverse=True)
    if len(names) < len(shares):
        raise ValueError(f'{len(names)} groups ({", ".join(names[:5])}) for {len(shares)} parts that share none; give '
                         'groups that are smaller, or images of more')
    counts = np.ones((len(where), 1)) if presence is None else np.column_stack([np.ones(len(where)), presence])
    sizes = np.stack([counts[where == index].sum(axis=0) for index in range(len(names))])
    sizes = sizes[:, sizes.any(axis=0)]
    goals = np.outer(shares, sizes.sum(axis=0))
    generator = np.random.RandomState(seed)
    drawn = [deal(sizes, goals, generator.permutation(len(names))) for _ in range(ORDERS)]
    best = min(drawn, key=lambda parts: cost(parts, sizes, goals))
    return best[where]


def deal(sizes: np.ndarray, goals: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Part of each group, (G, ); each part gets a group at least."""
    parts, held = np.full(len(sizes), -1), np.zeros_like(goals)
    for place, group in enumerate(order):
        empty = np.flatnonzero(~held.any(axis=1))
        open_to = empty if len(order) - place <= len(empty) else np.arange(len(goals))
        before = ((held[open_to] - goals[open_to])**2 / goals.sum(axis=0)).sum(axis=1)
        after = ((held[open_to] + sizes[group] - goals[open_to])**2 / goals.sum(axis=0)).sum(axis=1)
        parts[group] = open_to[(after - before).argmin()]
        held[parts[group]] += sizes[group]
    return parts


def cost(parts: np.ndarray, sizes: np.ndarray, goals: np.ndarray) -> float:
    """How far parts are from their goals."""
    held = np.stack([sizes[parts == part].sum(axis=0) for part in range(len(goals))])
    return float(((held - goals)**2 / goals.sum(axis=0)).sum())


def groups_in_both(groups: Mapping[str, str], first: Collection[str], second: Collection[str]) -> list[str]:
    """The groups that have images of both parts, sorted."""
    parts = defaultdict(set)
    for number, names in enumerate((first, second)):
        for name in names:
            if name in groups:
                parts[groups[name]].add(number)
    return sorted(group for group, numbers in parts.items() if len(numbers) == 2)
