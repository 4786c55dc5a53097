# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A generated set of white blood cells, drawn in seconds without a download.

Half of the difficulty is the stain: the red cells of one protocol have the color of another protocol's cytoplasm, so a
few labels do not cover the variety of the images.
"""
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.random import RandomState
from PIL import Image

from mmseg_entmin.atomic import write_atomic

from .splits import share_lists, write_lists

SHARES = ('1/20', '1/10', '1/8', '1/3')
VERSION = 1  # of the drawing: raise it with every change to what is drawn, so that old copies are noticed

# RGB of background, red cells, cytoplasm and nucleus, one row a staining protocol.
STAINS = np.array([
    [(242, 238, 244), (228, 178, 180), (205, 165, 205), (92, 44, 132)],  # violet on white
    [(248, 240, 160), (230, 212, 138), (208, 172, 112), (112, 22, 62)],  # wine red on yellow
    [(224, 230, 238), (204, 172, 160), (172, 190, 222), (72, 54, 142)],  # blue on pale gray
    [(246, 228, 228), (218, 128, 122), (226, 182, 192), (128, 52, 108)],  # magenta on pink
    [(204, 208, 204), (170, 172, 168), (152, 182, 194), (48, 88, 128)],  # one dye, blue-gray
    [(238, 218, 194), (222, 148, 100), (234, 190, 142), (142, 72, 72)],  # brown on orange
    [(192, 206, 172), (160, 172, 122), (172, 186, 152), (62, 72, 84)],  # slate on green
    [(186, 178, 198), (150, 120, 160), (214, 196, 214), (110, 92, 150)],  # overstained: cytoplasm is the lightest
    [(232, 236, 224), (206, 186, 120), (178, 206, 196), (40, 110, 106)],  # teal on cream
    [(214, 184, 176), (176, 96, 96), (196, 150, 176), (88, 56, 116)],  # violet on thick red
    [(250, 250, 250), (206, 206, 214), (226, 214, 232), (150, 130, 190)],  # faded, nearly transparent
    [(160, 176, 196), (196, 166, 166), (132, 146, 190), (44, 40, 100)],  # indigo on blue
], dtype=np.float32)

OTHER_STAIN = (9, 1)  # rows of `STAINS`: of the images with masks, and of all others
TOYSTAINS = dict(size=48, other_stain=True)  # options of `generate` for data/toystains, the set of the demo

_SCALE = 3  # shapes are drawn this much larger and reduced, for smooth edges


def draw_cell(rng: RandomState, size: int = 64,
              stains: Sequence[int] = range(len(STAINS))) -> tuple[np.ndarray, np.ndarray]:
    """Draws one white blood cell: image, RGB, uint8, (size, size, 3), and mask, uint8, (size, size).
    The mask holds 0 background, 1 cytoplasm, 2 nucleus; each covers at least 2 % of the image. The stain is one of
    `stains`, rows of `STAINS`."""
    while True:
        cell, nucleus = _draw_shapes(rng, size * _SCALE)
        mask = _reduce(cell, size).round().astype(np.uint8) + _reduce(cell * nucleus, size).round().astype(np.uint8)
        if np.bincount(mask.ravel(), minlength=3).min() >= 0.02 * mask.size:
            break
    image = _paint(rng, cell, nucleus, stains)
    return _photograph(rng, _reduce(image, size)), mask


def generate(root: str | Path, num_train: int = 200, num_test: int = 100, size: int = 64, seed: int = 0,
             force: bool = False, other_stain: bool = False) -> Path:
    """Writes the set below `root`, unless it exists already, and returns `root`.

    Writes `images/NNN.png`, `annotations/NNN.png`, `splits/{train,test}.txt`, lists of train for each of `SHARES` and,
    last, `generated.json` with the parameters. Image i depends only on seed, size (in pixels, >= 32) and i. A set with
    other parameters raises FileExistsError, or is replaced with `force`.

    With `other_stain`, the images of the list `1-10_labeled` have one stain, and all others, those of the test too,
    have another: `OTHER_STAIN`.
    """
    if num_train < 2 or num_test < 1 or size < 32:
        raise ValueError(f'num_train={num_train}, num_test={num_test}, size={size}: give 2, 1 and 32 at least')
    root = Path(root)
    parameters = dict(version=VERSION, num_train=num_train, num_test=num_test, size=size, seed=seed)
    if other_stain:
        parameters['stains'] = [*OTHER_STAIN]
    record = root / 'generated.json'
    if record.is_file():
        found = json.loads(record.read_text())
        if found == parameters and not force:
            return root
        if not force:
            raise FileExistsError(f'{record}: drawn with {found}, asked for {parameters}; '
                                  'choose another folder, or replace the set with --force')
        record.unlink()
        for part in ('images', 'annotations', 'splits'):
            shutil.rmtree(root / part, ignore_errors=True)
    total = num_train + num_test
    stems = [f'{i:0{max(3, len(str(total - 1)))}d}' for i in range(total)]
    for part in ('images', 'annotations'):
        (root / part).mkdir(parents=True, exist_ok=True)
    train, test = stems[:num_train], stems[num_train:]
    splits = root / 'splits'
    lists = share_lists(splits, train, SHARES, seed)
    labeled = {*lists[splits / '1-10_labeled.txt']}
    for i, stem in enumerate(stems):
        stains = OTHER_STAIN[stem not in labeled:][:1] if other_stain else range(len(STAINS))
        image, mask = draw_cell(RandomState([seed, i]), size, stains)
        Image.fromarray(image).save(root / 'images' / f'{stem}.png')
        Image.fromarray(mask).save(root / 'annotations' / f'{stem}.png')
    write_lists({splits / 'train.txt': train, splits / 'test.txt': test, **lists})
    write_atomic(f'{json.dumps(parameters)}\n'.encode(), record)
    return root


def _draw_shapes(rng: RandomState, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Outlines of cell and nucleus, float32 in {0, 1}, each (size, size)."""
    center = size * (0.5 + rng.uniform(-0.1, 0.1, 2))
    radius = size * rng.uniform(0.2, 0.38)
    cell = _blob(rng, size, center, radius, roughness=rng.uniform(0.02, 0.1))
    lobes = rng.choice(4, p=(0.3, 0.2, 0.25, 0.25)) + 1
    if lobes == 1:  # round, or kidney-shaped where a bite is taken out
        reach = radius * rng.uniform(0.5, 0.85)
        towards = _direction(rng.uniform(0, 2 * np.pi))
        nucleus = _blob(rng, size, center + towards * (radius - reach) * rng.uniform(0, 0.9), reach, 0.05)
        if rng.rand() < 0.5:
            nucleus *= 1 - _blob(rng, size, center - towards * reach, reach * rng.uniform(0.5, 0.8), 0.05)
    else:  # lobes along an arc, some of them joined by a thin bridge
        angles = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.uniform(0.9, 1.6, lobes))
        spots = np.array([center + radius * rng.uniform(0.35, 0.55) * _direction(angle) for angle in angles])
        nucleus = np.zeros((size, size), np.float32)
        for spot in spots:
            nucleus = np.maximum(nucleus, _blob(rng, size, spot, radius * rng.uniform(0.24, 0.36), 0.1))
        if rng.rand() < 0.7:
            bridge = [spots.round().astype(np.int32)]
            cv2.polylines(nucleus, bridge, False, 1.0, thickness=max(2, int(radius * rng.uniform(0.1, 0.35))))
    inside = cv2.erode(cell, np.ones((3, 3), np.uint8), iterations=max(1, int(radius * rng.uniform(0.03, 0.1))))
    return cell, nucleus * inside


def _paint(rng: RandomState, cell: np.ndarray, nucleus: np.ndarray, stains: Sequence[int]) -> np.ndarray:
    """Colors the shapes and their surroundings: RGB, float32, (size, size, 3)."""
    size = len(cell)
    colors = STAINS[stains[rng.randint(len(stains))]] + rng.normal(0, 9, (4, 3)).astype(np.float32)
    background, red, cytoplasm, dark = colors
    cytoplasm = background + (cytoplasm - background) * rng.uniform(0.35, 1.1)  # often hardly stained
    dark = cytoplasm + (dark - cytoplasm) * rng.uniform(0.5, 1.1)
    red = red + (cytoplasm - red) * rng.uniform(0, 0.7)
    image = np.broadcast_to(background, (size, size, 3)) + 8 * _texture(rng, size, 0.15)

    for _ in range(rng.randint(2, 9)):
        center, radius = size * rng.uniform(-0.1, 1.1, 2), size * rng.uniform(0.11, 0.19)
        disc = _soft(_blob(rng, size, center, radius, 0.04), 0.01)
        middle = _soft(_blob(rng, size, center, radius * rng.uniform(0.35, 0.6), 0.05), 0.02)
        if rng.rand() < 0.7:  # a dimpled disc: its middle lets through more light
            image = _blend(image, red, disc * (1 - middle * rng.uniform(0, 0.9)) * rng.uniform(0.5, 1))
        else:  # a target cell: dye has gathered in its middle
            image = _blend(_blend(image, red, disc * rng.uniform(0.5, 1)), dark, middle * rng.uniform(0.1, 0.6))
    for _ in range(rng.poisson(1.2)):  # platelets and debris take the dye of the nucleus
        spot = _blob(rng, size, size * rng.rand(2), size * rng.uniform(0.02, 0.06), 0.2)
        image = _blend(image, dark, _soft(spot, 0.01) * rng.uniform(0.3, 0.9))

    body = _soft(cell, 0.008)
    image = _blend(image, cytoplasm, body * rng.uniform(0.85, 1))
    rim = body - _soft(cv2.erode(cell, np.ones((3, 3), np.uint8), iterations=max(1, size // 60)), 0.008)
    image = _blend(image, dark, np.clip(rim, 0, 1) * rng.uniform(0, 0.5))
    granules = (_texture(rng, size, 0.015) > rng.uniform(0.8, 2))[..., 0] * body
    image = _blend(image, dark if rng.rand() < 0.5 else red, _soft(granules, 0.004) * rng.uniform(0, 0.6))
    image = _blend(image, dark, _soft(nucleus, 0.008) * rng.uniform(0.8, 1))
    return image + rng.uniform(4, 16) * nucleus[..., None] * _texture(rng, size, 0.03)


def _photograph(rng: RandomState, image: np.ndarray) -> np.ndarray:
    """Light, color balance, focus and noise of one microscope camera; float32 to uint8."""
    size = len(image)
    slope = _direction(rng.uniform(0, 2 * np.pi)) * rng.uniform(0, 0.2)
    y, x = np.mgrid[:size, :size] / size - 0.5
    light = 1 + slope[0] * x + slope[1] * y - rng.uniform(0, 0.25) * (x**2 + y**2)
    image = image / 255 * light[..., None] * rng.uniform(0.93, 1.07, 3)
    gray = image.mean(axis=2, keepdims=True)
    image = np.clip(gray + (image - gray) * rng.uniform(0.6, 1.2), 0, 1)**rng.uniform(0.75, 1.35)
    image = cv2.GaussianBlur(image, (0, 0), size / 64 * rng.uniform(0.3, 1.1))
    image = image + rng.normal(0, 1, image.shape) * rng.uniform(0.005, 0.03)
    return (np.clip(image, 0, 1) * 255).round().astype(np.uint8)


def _blob(rng: RandomState, size: int, center: np.ndarray, radius: float, roughness: float) -> np.ndarray:
    """A filled closed curve, round up to `roughness` times the radius: float32 in {0, 1}, (size, size)."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    waves = np.arange(2, 7)
    swing = rng.normal(0, 1, 5) / waves * 2
    reach = 1 + roughness * (swing * np.cos(np.outer(angle, waves) + rng.uniform(0, 2 * np.pi, 5))).sum(axis=1)
    points = center + radius * reach[:, None] * np.stack(_direction(angle), axis=-1)
    return cv2.fillPoly(np.zeros((size, size), np.float32), [points.round().astype(np.int32)], 1.0)


def _texture(rng: RandomState, size: int, grain: float) -> np.ndarray:
    """Smooth noise with mean 0 and deviation 1 and grains of `grain` times the size, (size, size, 1)."""
    noise = _soft(rng.normal(0, 1, (size, size)).astype(np.float32), grain)
    return ((noise - noise.mean()) / noise.std())[..., None]


def _soft(image: np.ndarray, share: float) -> np.ndarray:
    """Blur by a share of the image's size."""
    return cv2.GaussianBlur(np.asarray(image, np.float32), (0, 0), share * len(image))


def _blend(image: np.ndarray, color: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    return image + (color - image) * opacity[..., None]


def _reduce(image: np.ndarray, size: int) -> np.ndarray:
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)


def _direction(angle) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)])
