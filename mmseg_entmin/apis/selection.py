# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Selection of the images to annotate next: uncertain ones that differ from each other."""
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

BLOCK = 4096  # features


class Choice(NamedTuple):
    """A chosen item: its index, and its distance to the nearest item chosen before (infinite for the first)."""

    index: int
    distance: float


def farthest_points(features: np.ndarray, scores: np.ndarray, count: int, centers: Sequence[int] = ()) -> list[Choice]:
    """Greedy k-center selection weighted by a score: each of ``count`` steps takes the largest score x distance.

    The distance is Euclidean, to the nearest item that is a center or was chosen before; without any, the first step
    takes the largest score. With equal scores this is the greedy rule of core-set selection (Sener and Savarese, Active
    Learning for Convolutional Neural Networks: A Core-Set Approach, ICLR 2018, Algorithm 1; first in Gonzalez, 1985).
    The weight avoids odd images that the network is sure of. Copies of a chosen item have distance 0 and come last.

    Args:
        features: (N, D), an array or one that is mapped from a file.
        scores: (N, ), finite and >= 0; other values raise a ValueError.
        count: number of items to choose, in 1..N - len(centers), or a ValueError is raised.
        centers: indices of items that count as chosen before, such as the labeled images.
    """
    free = np.ones(len(features), dtype=bool)
    free[list(centers)] = False
    if not 1 <= count <= free.sum():
        raise ValueError(f'count={count}, must be in 1..{free.sum()}, the number of images to choose from')
    if not (np.isfinite(scores).all() and (scores >= 0).all()):
        raise ValueError('scores must be finite and not negative')
    distances = np.full(len(features), np.inf)
    for index in centers:
        distances = np.minimum(distances, distance_to(features, index))
    choices = []
    for _ in range(count):
        # without a center all distances are infinite, and only the score counts
        weight = scores * np.where(np.isinf(distances), 1., distances)
        best = np.flatnonzero(free & (weight == weight[free].max()))
        index = int(best[scores[best].argmax()])
        choices.append(Choice(index, float(distances[index])))
        free[index] = False
        distances = np.minimum(distances, distance_to(features, index))
    return choices


def distance_to(features: np.ndarray, index: int) -> np.ndarray:
    """Distances (N, ) of all features to one, block by block, as they may be a file that is larger than memory."""
    return np.concatenate([np.linalg.norm(features[start:start + BLOCK] - features[index], axis=1)
                           for start in range(0, len(features), BLOCK)])
