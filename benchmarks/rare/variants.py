# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the trial of rare classes compares: changes of the configs that `entmin new-project` writes."""
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from mmengine.config import Config

from mmseg_entmin.project.rare_classes import AVERAGE

BASE = 'configs/supervised/unet_wbc_1-10.py'


class Data(NamedTuple):
    """A public data set, with what a user tells `entmin new-project` about it."""

    classes: tuple[str, ...]
    masks: int  # the first images by name
    evaluated: int  # the last images by name
    any_orientation: bool


DATA = dict(
    crackforest=Data(('background', 'crack'), 8, 40, False),
    cwfid=Data(('background', 'crop', 'weed'), 4, 20, True))


def median_frequency(shares: np.ndarray, cap: float) -> list[float]:
    """Median of the shares over each share (Eigen and Fergus, ICCV 2015), (C, ), at most `cap` times the smallest."""
    return capped(np.median(shares) / shares, cap)


def effective_number(shares: np.ndarray, cap: float, pixels: int, beta: float = 0.999999) -> list[float]:
    """(1 - beta) / (1 - beta^n) of n pixels of a class (Cui et al., CVPR 2019), (C, ), capped alike."""
    return capped((1 - beta) / (1 - beta ** (shares * pixels)), cap)


def capped(weights: np.ndarray, cap: float) -> list[float]:
    return [round(float(weight), 3) for weight in np.minimum(weights / weights.min(), cap)]


# Loss of the decode head, share of crops around a rare pixel. Without them, they are those of the project.
PLAIN = dict(loss='ce', crops=0.)
VARIANTS: Mapping[str, dict] = dict(
    without=dict(recipe=False),  # --no-rare-classes: images of the base's size too
    plain=PLAIN,
    crops=dict(PLAIN, crops=0.5),
    dice=dict(PLAIN, loss='dice'),
    median10_crops=dict(loss='median10', crops=0.5),
    median3_crops=dict(loss='median3', crops=0.5),
    effective10_crops=dict(loss='effective10', crops=0.5),
    project={},
    last=dict(average=False),  # the weights of the last step
    double=dict(scale=2, average=False),  # images of twice the size
    half=dict(scale=0.5),
    other_orientation=dict(flipped=True))  # turned where the project is not, upright where it is turned


def losses(kind: str, shares: np.ndarray, pixels: int) -> list[dict]:
    """Configs of the losses of the decode head, from the pixel shares (C, ) of the labeled images."""
    entropy = dict(type='CrossEntropyLoss', avg_non_ignore=True)
    for name, weights in dict(median=median_frequency, effective=effective_number).items():
        if name in kind:
            cap = float(kind.partition(name)[2])
            entropy['class_weight'] = weights(shares, cap, *([pixels] if name == 'effective' else []))
    return [entropy, dict(type='ClassDiceLoss')] if 'dice' in kind else [entropy]


def change(cfg: Config, variant: dict, shares: np.ndarray, pixels: int, rare: list[int]) -> None:
    """Gives the supervised config of a project what a variant changes, in place."""
    if 'loss' in variant:
        cfg.model.decode_head.loss_decode = losses(variant['loss'], shares, pixels)
    if not variant.get('average', True):
        cfg.custom_hooks = [hook for hook in cfg.custom_hooks if hook.type != AVERAGE]
    if 'crops' in variant:
        crop = next(step for step in cfg.train_dataloader.dataset.pipeline if step.type == 'RareClassCrop')
        crop.update(classes=rare, prob=variant['crops'])


# Semi-supervised methods: options of `semi_supervised`. RARE and THRESHOLDS stand for lists by class.
METHODS: Mapping[str, dict | None] = dict(
    supervised=None,
    entmin={},
    sharpening=dict(unsupervised_losses=[dict(type='AdaptiveSharpeningLoss')]),
    consistency=dict(type='EntMinConsistency'),
    consistency_thresholds=dict(type='EntMinConsistency', threshold='THRESHOLDS'),
    consistency_paste=dict(type='EntMinConsistency', labeled_classes=dict(share=1., classes='RARE')),
    consistency_both=dict(type='EntMinConsistency', threshold='THRESHOLDS',
                          labeled_classes=dict(share=1., classes='RARE')))


def method(name: str, rare: list[int], num_classes: int) -> dict | None:
    """Options of a method for a data set whose rare classes are known; theirs is the lower threshold."""
    known = dict(RARE=rare, THRESHOLDS=[0.7 if label in rare else 0.95 for label in range(num_classes)])

    def filled(node):
        if isinstance(node, dict):
            return {key: filled(value) for key, value in node.items()}
        return known.get(node, node) if isinstance(node, str) else node

    return filled(METHODS[name])
