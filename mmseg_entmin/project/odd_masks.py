# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Masks whose values may mean the opposite: only a person can tell, so these are notes."""
from collections.abc import Sequence

import numpy as np

ENOUGH, MOST, FEW = 3, 0.75, 0.25


def border_share(labels: np.ndarray) -> float:
    """Share of the first class in the outermost pixels of a mask (H, W)."""
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return float((border == 0).mean())


def odd_masks(classes: Sequence[str], names: Sequence[str], pixels: np.ndarray, borders: Sequence[float],
              inferred: bool) -> list[str]:
    """Notes on a first class that is the smallest, and on masks that may be inverted, from the counts of each label,
    (N, >= C), and the `border_share` of each of the N masks. `inferred`: the user gave no meaning of the values."""
    notes = []
    counts = pixels[:, :len(classes)]
    total = counts.sum(axis=0)
    if inferred and 0 < total[0] == total[total > 0].min() and (total > 0).sum() > 1:
        advice = 'if the objects are black on white, give --values 255 0' if len(classes) == 2 else \
            'if the values are not in the order of --classes, give --values'
        notes.append(f'{classes[0]} covers {total[0] / total.sum():.1%} of the labeled pixels, less than any other '
                     f'class; {advice}')
    borders, objects = np.asarray(borders), 1 - counts[:, 0] / np.maximum(counts.sum(axis=1), 1)
    odd = np.flatnonzero((borders < FEW) & (objects > 0.5))
    usual = (borders > MOST).sum()
    if len(names) >= ENOUGH and 0 < len(odd) < usual and usual + len(odd) >= MOST * len(names):
        shown = ', '.join(names[index] for index in odd[:5])
        notes.append(f'{len(odd)} of {len(names)} masks may be inverted: {classes[0]} is at the border of the others, '
                     f'not of {shown}; look at them, and invert them if they are')
    return notes
