# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Codes of no class that lie near one: soft edges and JPEG.

The distance of two colors is the Euclidean one of their red, green and blue, 0 to 442; that of two values their
difference.
"""
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from mmseg_entmin.words import amount

from .mask_files import HIDDEN, IGNORED

STEPS = np.linspace(0.1, 0.9, 17)[:, None]  # of a mixture of two colors


class Nearest(NamedTuple):
    """The codes that took the class of the nearest one."""

    table: dict[int, int]  # label of each
    note: str  # how many pixels they have, and which mixtures look like another class


def points(codes: Sequence[int], colored: bool) -> np.ndarray:
    """Codes as places, (N, 3) or (N, 1)."""
    codes = np.asarray(codes, np.int64)
    return np.stack([codes >> 16 & 255, codes >> 8 & 255, codes & 255] if colored else [codes], 1).astype(float)


def distances(codes: Sequence[int], given: Mapping[int, int], colored: bool) -> tuple[np.ndarray, np.ndarray]:
    """Label of the nearest given code of each code, and its distance."""
    places, labels = points(list(given), colored), np.array(list(given.values()))
    near, far = [], []
    for part in np.array_split(points(codes, colored), max(1, len(codes) // 4096)):
        apart = np.linalg.norm(part[:, None] - places, axis=2)
        near.append(labels[apart.argmin(axis=1)])
        far.append(apart.min(axis=1))
    return np.concatenate(near), np.concatenate(far)


def reach(codes: Sequence[int], given: Mapping[int, int], colored: bool) -> int:
    """The distance within which each of the codes has a given one."""
    return math.ceil(distances(codes, given, colored)[1].max())


def nearest(counts: Counter, given: Mapping[int, int], distance: float, classes: Sequence[str],
            colored: bool) -> Nearest:
    """The label of each code that is not `given` (label by code), but at most `distance` away from one that is.

    ValueError: the distance is not above 0.
    """
    if not distance > 0:
        raise ValueError(f'--nearest {distance:g}: give a distance above 0, like 32')
    others = [code for code in counts if code not in given and code != HIDDEN]
    given = {code: label for code, label in given.items() if label != IGNORED}
    if not others:
        return Nearest({}, '')
    labels, far = distances(others, given, colored)
    table = {code: int(label) for code, label, apart in zip(others, labels, far) if apart <= distance}
    changed: Counter = Counter()
    for code, label in table.items():
        changed[label] += counts[code]
    if not table:
        return Nearest({}, '')
    parts = ', '.join(f'{classes[label]} {count}' for label, count in sorted(changed.items()))
    moved = sum(changed.values())
    note = f'; {amount(moved, "pixel")} ({moved / sum(counts.values()):.2%}) took the nearest class: {parts}'
    mixed = mixtures(given, distance, colored, changed)
    if mixed:
        note += '; look at the edges: between ' + ', between '.join(
            f'{classes[a]} and {classes[c]} mixed pixels look like {classes[b]}'
            for a, c, b in mixed[:5])
    return Nearest(table, note)


def mixtures(given: Mapping[int, int], distance: float, colored: bool,
             changed: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """Two labels whose mixtures are nearest to a third one, which pixels took or which has just this color."""
    found = []
    codes, places = list(given), points(list(given), colored)
    for first, second in combinations(range(len(codes)), 2):
        line = places[first] + STEPS * (places[second] - places[first])
        apart = np.linalg.norm(line[:, None] - places, axis=2)
        for index in dict.fromkeys(apart.argmin(axis=1)[apart.min(axis=1) <= distance].tolist()):
            label = given[codes[index]]
            if index not in (first, second) and (changed.get(label) or apart[:, index].min() < 1):
                found.append((given[codes[first]], given[codes[second]], label))
    return found

