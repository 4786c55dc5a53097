# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Deals the masks of a project into folds, each of which is held out once."""
import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np


def deal(names: Sequence[str], presence: np.ndarray, folds: int, seed: int,
         groups: Mapping[str, str] | None = None) -> list[list[str]]:
    """Deals images into folds of about equal size in which each class is about equally frequent.

    The rarest class that is left is served first; its images go one after the other to the fold that lacks it most
    (iterative stratification, Sechidis et al. 2011). Images of one group stay together.

    Args:
        names: n different names, in any order.
        presence: which classes each image shows, bool, (n, C), rows as `names`.
        folds: number of folds, 2 to the number of groups.
        seed: decides between equals. Another seed gives other folds.
        groups: group of each image. Default: each is its own.

    Returns `folds` lists of sorted names, none empty. ValueError for a number of folds that does not fit.
    """
    units: dict[str, list[int]] = {}
    for index in sorted(range(len(names)), key=names.__getitem__):
        units.setdefault(groups[names[index]] if groups else names[index], []).append(index)
    if not 2 <= folds <= len(units):
        what = f'{len(units)} groups' if groups else f'{len(units)} masks'
        raise ValueError(f'{folds} folds of {what}: give 2 to {len(units)}' if len(units) > 1 else
                         f'{what}: at least 2 are needed, one to train on and one to hold out')
    order = np.random.default_rng(seed).permutation(len(units))
    members = [list(units.values())[k] for k in order]
    counts = np.array([presence[rows].sum(axis=0) for rows in members], dtype=float)
    sizes = np.array([len(rows) for rows in members], dtype=float)
    need, room = np.tile(counts.sum(axis=0) / folds, (folds, 1)), np.full(folds, sizes.sum() / folds)
    dealt: list[list[int]] = [[] for _ in range(folds)]
    left = sorted(range(len(members)), key=lambda k: -sizes[k])  # large groups first
    while left:
        shown = (counts[left] > 0).sum(axis=0)
        rarest = int(np.where(shown > 0, shown, np.inf).argmin()) if shown.any() else None
        unit = next(k for k in left if rarest is None or counts[k, rarest] > 0)
        empty = [fold for fold in range(folds) if not dealt[fold]]
        allowed = empty if len(empty) == len(left) else range(folds)
        fold = max(allowed, key=lambda f: (need[f, rarest] if rarest is not None else 0., room[f], -f))
        left.remove(unit)
        dealt[fold] += members[unit]
        need[fold] -= counts[unit]
        room[fold] -= sizes[unit]
    return [sorted(names[index] for index in rows) for rows in dealt]


def read_groups(text: str, names: Sequence[str]) -> dict[str, str]:
    """The group of each image.

    Args:
        text: a CSV file with an image and its group a line, or a regular expression; its first group, or else the part
            of the name that it finds, is the group.
        names: images that need a group.

    Raises ValueError for an image without a group, an invalid expression, or a file of another form.
    """
    if Path(text).is_file():
        with open(text, newline='', encoding='utf-8') as file:
            rows = [row for row in csv.reader(file) if row]
        wrong = next((row for row in rows if len(row) < 2), None)
        if wrong is not None:
            raise ValueError(f"--groups '{text}': the line '{wrong[0]}' has no second column; write an image and its "
                             'group in each line')
        table = {row[0].strip(): row[1].strip() for row in rows}
        suffixless = {name.rpartition('.')[0]: group for name, group in table.items() if '.' in name}
        found = {name: table.get(name, suffixless.get(name)) for name in names}
    else:
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise ValueError(f"--groups '{text}' is neither a file nor a regular expression: {error}") from error
        matches = {name: pattern.search(name) for name in names}
        found = {name: match and (match.group(1) if pattern.groups else match.group()) for name, match in
                 matches.items()}
    missing = [name for name, group in found.items() if not group]
    if missing:
        raise ValueError(f"--groups '{text}' gives {len(missing)} of {len(names)} images no group, like {missing[0]}")
    return found
