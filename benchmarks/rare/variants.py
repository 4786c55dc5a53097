# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the trial of rare classes compares: changes of the configs that `entmin new-project` writes."""
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from mmengine.config import Config

BASE = 'configs/supervised/unet_wbc_1-10.py'


class Data(NamedTuple):
    """A public data set, with the options of its project: how many masks, by name, and how the images are resized."""

    classes: tuple[str, ...]
    masks: int
    evaluated: int  # the last images by name
    size: int
    crop: int


DATA = dict(
    crackforest=Data(('background', 'crack'), 8, 40, 320, 96),
    cwfid=Data(('background', 'crop', 'weed'), 4, 20, 224, 96))


def median_frequency(shares: np.ndarray, cap: float) -> list[float]:
    """Median of the shares over each share (Eigen and Fergus, ICCV 2015), (C, ), at most `cap` times the smallest."""
    return capped(np.median(shares) / shares, cap)


def effective_number(shares: np.ndarray, cap: float, pixels: int, beta: float = 0.999999) -> list[float]:
    """(1 - beta) / (1 - beta^n) of n pixels of a class (Cui et al., CVPR 2019), (C, ), capped alike."""
    return capped((1 - beta) / (1 - beta ** (shares * pixels)), cap)


def capped(weights: np.ndarray, cap: float) -> list[float]:
    return [round(float(weight), 3) for weight in np.minimum(weights / weights.min(), cap)]


# Loss of the decode head, share of crops around a rare pixel, `cat_max_ratio` of the others.
PLAIN = dict(loss='ce', crops=0., ratio=0.75)
VARIANTS: Mapping[str, dict] = dict(
    docs=dict(PLAIN, resized=True),
    full=PLAIN,
    ratio=dict(PLAIN, ratio=0.95),
    crops=dict(PLAIN, crops=0.5),
    median10=dict(PLAIN, loss='median10'),
    median50=dict(PLAIN, loss='median50'),
    effective10=dict(PLAIN, loss='effective10'),
    dice=dict(PLAIN, loss='dice'),
    dice_crops=dict(PLAIN, loss='dice', crops=0.5),
    dice_crops_double=dict(PLAIN, loss='dice', crops=0.5, scale=2),  # images of twice the size
    dice_crops_turned=dict(PLAIN, loss='dice', crops=0.5, turned=True),  # --any-orientation
    dice_crops_double_turned=dict(PLAIN, loss='dice', crops=0.5, scale=2, turned=True),
    median10_crops=dict(PLAIN, loss='median10', crops=0.5),
    median3_crops=dict(PLAIN, loss='median3', crops=0.5),
    dice_median3_crops=dict(PLAIN, loss='dice_median3', crops=0.5))


def losses(kind: str, shares: np.ndarray, pixels: int) -> list[dict]:
    """Configs of the losses of the decode head, from the pixel shares (C, ) of the labeled images."""
    entropy = dict(type='CrossEntropyLoss', avg_non_ignore=True)
    for name, weights in dict(median=median_frequency, effective=effective_number).items():
        if name in kind:
            cap = float(kind.partition(name)[2])
            entropy['class_weight'] = weights(shares, cap, *([pixels] if name == 'effective' else []))
    return [entropy, dict(type='ClassDiceLoss')] if 'dice' in kind else [entropy]


def change(cfg: Config, variant: dict, shares: np.ndarray, pixels: int, rare: list[int]) -> None:
    """Turns the supervised config of a project into a variant, in place."""
    cfg.model.decode_head.loss_decode = losses(variant['loss'], shares, pixels)
    crop = next(step for step in cfg.train_dataloader.dataset.pipeline if step.type == 'RandomCrop')
    crop.cat_max_ratio = variant['ratio']
    if variant['crops']:
        crop.update(type='RareClassCrop', classes=rare, prob=variant['crops'])


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
