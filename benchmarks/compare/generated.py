# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Projects of generated cells, drawn at random, whose truth is known for as many images as one likes."""
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from mmseg_entmin.datasets.splits import write_lists
from mmseg_entmin.project.create import create

SIDE = 32
TESTED = 300
METHODS = ('supervised', 'control', 'entmin', 'entmin_plus', 'fixmatch', 'pseudo_label')
# A U-Net of two levels, for trainings of a second or two.
BASE = '''
_base_ = {base!r}
model = dict(
    backbone=dict(
        _delete_=True, type='UNet', in_channels=3, base_channels={width}, num_stages=2, strides=(1, 1),
        enc_num_convs=(1, 1), dec_num_convs=(1, ), downsamples=(True, ), enc_dilations=(1, 1), dec_dilations=(1, ),
        norm_cfg=dict(type='BN')),
    decode_head=dict(in_channels={width}, channels={width}, in_index=1))
optim_wrapper = dict(optimizer=dict(lr=0.01))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, begin=0, end={rise}, by_epoch=False),
    dict(type='PolyLR', eta_min=1e-4, power=0.9, begin={rise}, end=600, by_epoch=False)]
'''
# Channels, and iterations of 600 in which the learning rate rises. With the narrow one, some trainings leave a class
# out, by chance of the initial weights.
NETWORKS = dict(narrow=dict(width=8, rise=150), wide=dict(width=16, rise=60))
# Steps of the training's pipeline that take most of its time; the images have one size already.
LEFT_OUT = ('RandomResize', 'RandomCrop', 'PhotoMetricDistortion')


@dataclass(frozen=True)
class Drawn:
    """A project: numbers of images and classes, deviation of the noise and of the colors, length of the training, the
    two methods beside the baseline."""

    number: int
    masks: int
    unlabeled: int
    classes: int
    noise: float
    stain: float
    iters: int
    methods: Sequence[str]

    def row(self) -> dict:
        return {**asdict(self), 'methods': ' '.join(self.methods)}


def draw(number: int, seed: int = 0) -> Drawn:
    """The project of this number."""
    rng = np.random.default_rng([seed, number])
    return Drawn(number, int(rng.integers(15, 41)), int(rng.integers(30, 81)), int(rng.integers(2, 5)),
                 round(float(rng.uniform(10, 40)), 1), round(float(rng.uniform(5, 30)), 1),
                 int(rng.integers(60, 91)), [str(name) for name in rng.choice(METHODS, 2, replace=False)])


def image(drawn: Drawn, index: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Image (32, 32, 3) and labels (32, 32), uint8: ellipses of each class in its color, which varies by image."""
    colors = spread_colors(drawn.classes, np.random.default_rng([seed, drawn.number, 1]))
    rng = np.random.default_rng([seed, drawn.number, 2, index])
    labels = np.zeros((SIDE, SIDE), np.uint8)
    for label in rng.permutation(np.repeat(np.arange(1, drawn.classes), rng.integers(1, 3, drawn.classes - 1))):
        center, axes = rng.integers(4, SIDE - 4, 2), rng.integers(3, 9, 2)
        cv2.ellipse(labels, tuple(map(int, center)), tuple(map(int, axes)), float(rng.uniform(0, 180)), 0, 360,
                    int(label), -1)
    shown = (colors + rng.normal(0, drawn.stain, (drawn.classes, 3)))[labels]
    shown = cv2.GaussianBlur(shown, (0, 0), 0.8) + rng.normal(0, drawn.noise, shown.shape)
    return shown.clip(0, 255).astype(np.uint8), labels


def spread_colors(count: int, rng: np.random.Generator, apart: float = 90.) -> np.ndarray:
    """Colors, float, (count, 3), of which no two are nearer than `apart`."""
    while True:
        colors = rng.uniform(50, 205, (count, 3))
        distances = np.linalg.norm(colors[:, None] - colors, axis=-1)[np.triu_indices(count, 1)]
        if distances.min() >= apart:
            return colors


def make_project(drawn: Drawn, folder: Path, base: Path, network: str = 'wide', seed: int = 0) -> Path:
    """Draws the images and makes a project of the first ones; images of the hidden test are in ``hidden``."""
    total = drawn.masks + drawn.unlabeled + TESTED
    names = [f'{index:03d}' for index in range(total)]
    for name in ('images', 'masks', 'hidden/images', 'hidden/masks'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        picture, labels = image(drawn, index, seed)
        hidden = 'hidden/' if index >= drawn.masks + drawn.unlabeled else ''
        Image.fromarray(picture).save(folder / f'{hidden}images' / f'{name}.png')
        if hidden or index < drawn.masks:
            Image.fromarray(labels).save(folder / f'{hidden}masks' / f'{name}.png')
    write_lists({folder / 'hidden' / 'list.txt': names[drawn.masks + drawn.unlabeled:]}, True)
    config = folder / 'base.py'
    config.write_text(BASE.format(base=str(base), **NETWORKS[network]))
    create(folder / 'images', folder / 'masks', folder / 'project', str(config), iters=drawn.iters, batch=4, side=SIDE,
           classes=['background', *(f'cell{label}' for label in range(1, drawn.classes))],
           values=list(range(drawn.classes)), val_share=Fraction(1, 4), force=True)
    path = folder / 'project' / 'project_supervised.py'
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(''.join(line for line in lines if not any(f"type='{step}'" in line for step in LEFT_OUT)))
    return folder / 'project'
