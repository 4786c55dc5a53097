# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Predictions as image files: masks, overlays, and maps of uncertainty.

A map has two files: numbers in 16 bits, on one scale for all images, and colors, from black through red to yellow
(matplotlib's magma).
"""
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mmcv
import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.colors import LogNorm
from mmcv.transforms import LoadImageFromFile
from PIL import Image
from torchvision.utils import draw_segmentation_masks

from mmseg_entmin.atomic import write_atomic
from mmseg_entmin.datasets.checks.source import loaders
from mmseg_entmin.datasets.transforms import LoadTiff

IGNORED = 255
BITS16 = 65535
# The 16 bits hold the logarithm of a variance: steps of 0.03 %, from 1e-6 to 4096
VARIANCE_STEPS, VARIANCE_FROM = 2048, -20
VARIANCE_RANGE = (1e-5, 10.)
MAGMA = colormaps['magma']
QUICK = dict(compress_level=1, compress_type=3)  # of maps, by runs: a fourth of the time, for up to a fourth more bytes
TURNED, STORED = 'color', 'color_ignore_orientation'  # mmcv's flags: rotate an image as its EXIF says, or not


def read_image(path: str | Path, size: tuple[int, int], reader: Any = None) -> np.ndarray:
    """An image file in the orientation of its labels, RGB, uint8, (H, W, 3); ValueError for another size than theirs.

    Of images that OpenCV does not read in color, the first three channels that the reader loads are shown.

    Args:
        path: of the file.
        size: (H, W) of the labels.
        reader: an inferencer or a plain dataset, whose ``LoadImageFromFile`` decides whether the image is rotated as
            its EXIF says. Default: rotate it, unless it has the size of the labels only as it is stored.
    """
    backend, flags = how_it_reads(reader)
    found = []
    for flag in () if isinstance(next(iter(transforms_of(reader)), None), LoadTiff) else flags:
        image = mmcv.imread(str(path), flag, backend=backend)
        if image is not None and image.shape[:2] == tuple(size):
            return image[..., ::-1].copy()  # mmcv ignores channel_order with STORED
        found.append('unreadable' if image is None else f'{image.shape[1]} x {image.shape[0]}')
    for loader in transforms_of(reader)[:1]:
        image = loader(dict(img_path=str(path)))['img']
        if image.shape[:2] == tuple(size):
            return to_rgb(image)
        found.append(f'{image.shape[1]} x {image.shape[0]}')
    raise ValueError(f"image '{path}' is {found[0]}, its labels are {size[1]} x {size[0]} pixels; give the image that "
                     'was predicted')


def how_it_reads(reader: Any) -> tuple[str, tuple[str, ...]]:
    """Backend and flags of mmcv, to try in turn, with which it rotates an image as the pipeline of a reader does."""
    loader = next((each for each in transforms_of(reader) if isinstance(each, LoadImageFromFile)), None)
    if loader is None:
        return 'cv2', (TURNED, STORED)
    backend = loader.imdecode_backend or 'cv2'
    if backend not in ('cv2', 'pillow'):  # the others never rotate an image
        return 'cv2', (STORED, )
    return backend, (TURNED if loader.color_type in ('color', 'grayscale') else STORED, )


def transforms_of(reader: Any) -> list[Any]:
    return [] if reader is None else [getattr(each, 'from_file', each) for each in loaders(reader)]


def to_rgb(image: np.ndarray) -> np.ndarray:
    """The first three channels, or the first one in gray, of an image (H, W) or (H, W, channels) on its own scale."""
    image = np.atleast_3d(image)
    image = image[..., :3] if image.shape[2] > 2 else image[..., [0, 0, 0]]
    if image.dtype != np.uint8:
        low, high = np.percentile(image, (1, 99))  # single bright pixels leave the others visible
        image = 255. * ((image - low) / max(high - low, 1e-12)).clip(0, 1)
    return image.astype(np.uint8)


def save_mask(labels: np.ndarray, palette: Sequence[Sequence[int]], path: Path) -> None:
    """Writes labels (H, W), uint8, as an indexed PNG in the colors of the palette; 255 is white."""
    image = Image.fromarray(labels)
    colors = np.full((IGNORED + 1, 3), 255, np.uint8)
    colors[:len(palette)] = palette
    image.putpalette(colors.tobytes())
    write(image, path)


def save_overlay(source: Path, labels: np.ndarray, palette: Sequence[Sequence[int]], path: Path,
                 opacity: float = 0.5, reader: Any = None) -> None:
    """Writes the image as a PNG with its labels (H, W) over it; opacity in 0..1, ``reader`` as for ``read_image``."""
    image = torch.from_numpy(read_image(source, labels.shape, reader)).permute(2, 0, 1)
    masks = torch.from_numpy(labels)[None] == torch.arange(len(palette))[:, None, None]
    painted = draw_segmentation_masks(image, masks, opacity, list(map(tuple, palette)))
    write(Image.fromarray(painted.permute(1, 2, 0).numpy()), path)


def save_entropy(entropy: np.ndarray, num_classes: int, path: Path, color_path: Path) -> None:
    """Writes an entropy (H, W) in nats: 0..log(classes) is 0..65535, and black to yellow."""
    share = np.clip(entropy / np.log(num_classes), 0, 1)
    write(Image.fromarray(np.rint(share * BITS16).astype(np.uint16)), path, **QUICK)
    write(Image.fromarray(colors(share)), color_path, **QUICK)


def save_variance(variance: np.ndarray, path: Path, color_path: Path) -> None:
    """Writes a variance (H, W), > 0, on logarithmic scales: 2048 (log2(variance) + 20), and ``variance_colors``."""
    steps = np.rint(VARIANCE_STEPS * (np.log2(variance.astype(np.float64)) - VARIANCE_FROM))
    write(Image.fromarray(np.clip(steps, 0, BITS16).astype(np.uint16)), path, **QUICK)
    write(Image.fromarray(variance_colors(variance)), color_path, **QUICK)


def variance_colors(variance: np.ndarray) -> np.ndarray:
    """Colors of a variance (H, W), > 0: 1e-5..10 is black to yellow, logarithmic; uint8, (H, W, 3)."""
    return colors(LogNorm(*VARIANCE_RANGE, clip=True)(variance))


def colors(share: np.ndarray) -> np.ndarray:
    """Colors of values (H, W) in 0..1, black to yellow; uint8, (H, W, 3)."""
    return MAGMA(share, bytes=True)[..., :3].copy()


def scales(num_classes: int) -> dict[str, str]:
    """The meaning of the maps' values, by the name of their folder."""
    low, high = VARIANCE_RANGE
    return dict(
        entropy=f'16 bits: entropy of the softmax in nats = value * {np.log(num_classes) / BITS16:.9g}',
        entropy_colour=f'black 0 to yellow {np.log(num_classes):.4g} nats, the logarithm of {num_classes} classes',
        variance='16 bits: aleatoric variance of the logit of the predicted class, in squared logits, = '
        f'2 ** (value / {VARIANCE_STEPS} - {-VARIANCE_FROM})',
        variance_colour=f'logarithmic, black {low:g} to yellow {high:g} squared logits')


def write(image: Image.Image, path: Path, **options: Any) -> None:
    data = io.BytesIO()
    image.save(data, 'PNG', **options)
    write_atomic(data.getvalue(), path)
