# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Rare and thin classes: which they are, and the recipe by which a project learns them.

The recipe is the winner of the trial in benchmarks/rare.
"""
import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from mmseg_entmin.evaluation.boundaries import boundary
from mmseg_entmin.walk import type_name

RARE = 0.2  # of an equal share: with C classes, a class with less than RARE / C of the pixels is rare
AVERAGE = 'WeightAverageHook'
LOST = 2  # width in pixels below which a class is hardly seen
MOST_MASKS = 20  # to measure the width on


class Rare(NamedTuple):
    """The rare classes of a project: labels, names, and shares of the pixels that are not ignored."""

    labels: list[int]
    names: list[str]
    shares: list[float]

    def __str__(self) -> str:
        return ', '.join(f'{name} ({100 * share:.2g} % of the pixels)' for name, share in zip(self.names, self.shares))


def find_rare(classes: Sequence[str], pixels: np.ndarray, asked: Sequence[str] | None = None) -> Rare:
    """The classes whose share of the pixels, (masks, 256), is small, or those that are asked for by name.

    A class that no mask shows is not rare but missing. ValueError for a name that is no class.
    """
    counts = pixels[:, :len(classes)].sum(axis=0)
    shares = counts / max(1, counts.sum())
    unknown = [name for name in asked or () if name not in classes]
    if unknown:
        raise ValueError(f"--rare-classes {unknown[0]}: no class of this name; there are {', '.join(classes)}")
    labels = [label for label, name in enumerate(classes)
              if (0 < shares[label] < RARE / len(classes) if asked is None else name in asked)]
    return Rare(labels, [classes[label] for label in labels], [float(shares[label]) for label in labels])


def width(masks: Iterable[np.ndarray], labels: Sequence[int]) -> float:
    """Width in pixels of the thinnest of some classes in label maps (H, W): twice its pixels over its boundary pixels.

    Of a line, its width, from 2 pixels on; of a disc, its radius. Infinite where no map shows any of the classes.
    """
    counts = np.zeros((len(labels), 2))
    for mask in masks:
        for place, label in enumerate(labels):
            shown = mask == label
            counts[place] += shown.sum(), boundary(shown).sum()
    return min((2 * area / outline for area, outline in counts if outline), default=float('inf'))


def evenly(names: Sequence[str]) -> list[str]:
    """At most ``MOST_MASKS`` of the names, evenly spread."""
    return [names[place] for place in np.unique(np.linspace(0, len(names) - 1, MOST_MASKS).round().astype(int))]


def weigh_up(model: dict) -> bool:
    """Adds ``ClassDiceLoss`` to the softmax cross entropy of the last decode head, in place; False for other losses."""
    heads = model['decode_head']
    head = heads if isinstance(heads, dict) else heads[-1]
    loss = head.get('loss_decode', dict(type='CrossEntropyLoss', avg_non_ignore=True))
    if not isinstance(loss, dict) or type_name(loss) != 'CrossEntropyLoss' or loss.get('use_sigmoid'):
        return False
    head['loss_decode'] = [loss, dict(type='ClassDiceLoss')]
    return True


def average(hooks: Sequence[dict] | None) -> list[dict]:
    """The base's hooks, and the one that averages the weights; a base with an average keeps its own alone."""
    hooks = list(hooks or [])
    return hooks if {'EMAHook', AVERAGE} & {type_name(hook) for hook in hooks} else [*hooks, dict(type=AVERAGE)]


def recipe(rare: Rare, weighed: bool, size: str = '') -> str:
    """What is done about the rare classes, as a sentence without its end."""
    one = 'one of them' if len(rare.labels) > 1 else 'it'
    loss = ('a soft Dice of each class is added to the cross entropy (ClassDiceLoss)' if weighed else
            "the base's loss stays, which is no softmax cross entropy")
    parts = [f'half of the crops hold a pixel of {one} (RareClassCrop)', loss,
             'the weights are averaged over the last two thirds of the training, since a rare class comes and goes '
             f'from step to step ({AVERAGE})', *[size] * bool(size)]
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


def config_lines(rare: Rare, weighed: bool, size: str = '') -> dict[str, str]:
    """The text of the data section about rare classes, and the crop of the training pipeline."""
    if not rare.labels:
        return dict(rare='', random_crop="type='RandomCrop', crop_size=crop_size")
    why = f'Rare: {rare}. So {recipe(rare, weighed, size)}.'
    why = textwrap.fill(why, 118, initial_indent='# ', subsequent_indent='# ')
    return dict(rare=f'{why}\nrare_classes = {rare.labels}\n',
                random_crop="type='RareClassCrop', crop_size=crop_size, classes=rare_classes, prob=0.5")


def rare_notes(rare: Rare, weighed: bool, wide: float, scale: float, size: str = '', treated: bool = True) -> list[str]:
    """What a user should know: the recipe, or that there is none; and a class that is resized away.

    `wide` as of ``width``; `scale`: size of the images in training by that of the files; `size`: reason of this size;
    `treated`: False where the user leaves the recipe out.
    """
    if not rare.labels:
        return []
    notes = [f'rare: {rare}. So {recipe(rare, weighed, size)}. Look at the IoU of each class; '
             '--no-rare-classes leaves the recipe out' if treated else
             f'rare: {rare}. --no-rare-classes leaves the recipe out; look at the IoU of each class']
    if wide * scale < LOST:
        notes.append(f'the thinnest rare class is about {wide:.1f} pixels wide, and {wide * scale:.1f} at this size: '
                     'it is resized away; give a larger --size, and --crop to keep the cost')
    return notes
