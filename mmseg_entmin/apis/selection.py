# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which images to annotate next: uncertain ones that differ from each other."""
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Choice(NamedTuple):
    """One chosen item: its index, and its distance to the nearest one chosen before it (infinite for the first)."""

    index: int
    distance: float


def farthest_points(features: np.ndarray, scores: np.ndarray, count: int, centres: Sequence[int] = ()) -> list[Choice]:
    """Greedy k-center selection, weighted by a score: each step takes the item of the largest score x distance.

    The distance is Euclidean, to the nearest item that was chosen before or is among the centres; without any, the
    first step takes the largest score. With equal scores this is the greedy rule of core-set selection (Sener and
    Savarese, Active Learning for Convolutional Neural Networks: A Core-Set Approach, ICLR 2018, Algorithm 1; the rule
    is Gonzalez's of 1985); the weight keeps it from certain images that are merely odd. A copy of a chosen item is at
    distance 0 and comes last; among such, the larger score first.

    Args:
        features: (N, D).
        scores: (N, ), >= 0.
        count: items to choose, of those that are no centre.
        centres: indices of items that are never chosen, but count as chosen before: the images labeled already.

    Returns:
        ``count`` choices, in their order.

    Raises:
        ValueError: a count that is not in 1 .. N - centres, or scores that are negative or not finite.
    """
    free = np.ones(len(features), dtype=bool)
    free[list(centres)] = False
    if not 1 <= count <= free.sum():
        raise ValueError(f'count={count}, must be in 1..{free.sum()}, the number of images to choose from')
    if not (np.isfinite(scores).all() and (scores >= 0).all()):
        raise ValueError('scores must be finite and not negative')
    distances = np.full(len(features), np.inf)
    for index in centres:
        distances = np.minimum(distances, distance_to(features, index))
    choices = []
    for _ in range(count):
        # no centre yet: all distances are infinite, and the score alone decides
        weight = scores * np.where(np.isinf(distances), 1., distances)
        index = int(max(np.flatnonzero(free), key=lambda i: (weight[i], scores[i])))
        choices.append(Choice(index, float(distances[index])))
        free[index] = False
        distances = np.minimum(distances, distance_to(features, index))
    return choices


def distance_to(features: np.ndarray, index: int) -> np.ndarray:
    """Euclidean distance of every item to one of them, (N, )."""
    return np.linalg.norm(features - features[index], axis=1)
