# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Deals the masks of a project into folds, each of which is held out once."""
from collections.abc import Mapping, Sequence

import numpy as np

from mmseg_entmin.datasets.groups import draw_parts


def deal(names: Sequence[str], presence: np.ndarray, folds: int, seed: int,
         groups: Mapping[str, str] | None = None) -> list[list[str]]:
    """Deals images into folds of about equal size in which each class is about equally frequent.

    Args:
        names: n different names, in any order.
        presence: which classes each image shows, bool, (n, C), rows as `names`.
        folds: number of folds, 2 to the number of groups.
        seed: of the draw. Another seed gives other folds.
        groups: group of each image; its images stay together. Default: each is its own.

    Returns `folds` lists of sorted names, none empty. ValueError for a number of folds that does not fit.
    """
    order = sorted(range(len(names)), key=names.__getitem__)
    names = [names[place] for place in order]
    units = [groups[name] if groups else name for name in names]
    most, what = len(set(units)), 'groups' if groups else 'masks'
    if most < 2:
        raise ValueError(f'{most} {what}: at least 2 are needed, one to train on and one to hold out')
    if not 2 <= folds <= most:
        raise ValueError(f'{folds} folds of {most} {what}: give 2 to {most}')
    parts = draw_parts(units, [1 / folds] * folds, seed, presence[order])
    return [[name for name, part in zip(names, parts) if part == fold] for fold in range(folds)]
