# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One annotation of several: what more than half of the annotators say, pixel by pixel."""
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from .export import IGNORED, Annotated, Region, draw


class Agreement(NamedTuple):
    disputed: float  # share of the pixels where no label has more than half of the votes; they are ignored
    regions: Callable[[], Iterator[Region]]


def majority(labels: Sequence[np.ndarray]) -> np.ndarray:
    """The label of more than half of the annotators, (H, W), uint8, of theirs, each (H, W); 255 where there is none."""
    votes = np.stack(labels)
    result = np.full(votes.shape[1:], IGNORED, np.uint8)
    for label in np.unique(votes):
        result[2 * (votes == label).sum(axis=0) > len(votes)] = label
    return result


def agreed(annotated: Sequence[Annotated], classes: Sequence[str]) -> Agreement:
    """What most annotators say of an image, as regions of these classes, which do not overlap."""
    everything = [None, *classes]  # 0 stands for pixels without a region

    def labels() -> np.ndarray:
        return majority([draw(each, everything).labels for each in annotated])

    def regions() -> Iterator[Region]:
        shown = labels()
        for label in np.unique(shown[shown > 0]):
            yield Region(None if label == IGNORED else everything[label], shown == label)

    return Agreement(float((labels() == IGNORED).mean()), regions)
