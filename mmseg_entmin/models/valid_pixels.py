# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pixels of unlabeled images that have content, neither padding nor left empty by a transform, and means over them."""
import math

import torch
import torch.nn.functional as F
from mmseg.utils import SampleList
from torch import Tensor


def valid_pixels(images: Tensor, data_samples: SampleList) -> Tensor:
    """Mask (N, 1, H, W), bool: False for the preprocessor's padding, and where the ``valid_pixels`` of a sample are."""
    mask = torch.ones(len(images), 1, *images.shape[2:], dtype=torch.bool, device=images.device)
    for row, sample in zip(mask, data_samples):
        height, width = _size(sample, images)
        row[:, height:] = False
        row[:, :, width:] = False
        if 'valid_pixels' in sample:
            row[:, :height, :width] = sample.valid_pixels.data
    return mask


def all_valid(images: Tensor, data_samples: SampleList) -> bool:
    """Whether ``valid_pixels`` is True everywhere, from metadata alone: nothing waits for the device."""
    whole = tuple(images.shape[2:])
    return all(_size(sample, images) == whole and 'valid_pixels' not in sample for sample in data_samples)


def _size(sample, images: Tensor) -> tuple[int, int]:
    return tuple(sample.metainfo.get('img_shape', images.shape[2:])[:2])


def valid_at(valid: Tensor | None, size: tuple[int, int], neighbors: bool = False) -> Tensor | None:
    """The mask (N, 1, H, W) for a map of another size (h, w): a place is valid if all pixels that it covers are.

    With ``neighbors``, its 8 neighbors must be valid too. None stands for all pixels.
    """
    if valid is None or tuple(size) == tuple(valid.shape[2:]) and not neighbors:
        return valid
    empty = F.adaptive_max_pool2d((~valid).float(), size)
    return (F.max_pool2d(empty, 3, stride=1, padding=1) if neighbors else empty) == 0


def valid_mean(x: Tensor, valid: Tensor | None = None, dim: tuple[int, ...] = (0, 1, 2, 3)) -> Tensor:
    """Mean of a map (N, K, h, w) over the valid pixels, (N, 1, h, w), bool, along ``dim``; 0 where there is none."""
    if valid is None:
        return x.sum(dim=dim) / max(1, math.prod(x.shape[d] for d in dim))
    return (x * valid).sum(dim=dim) / valid.sum(dim=dim).clamp(min=1)


def valid_mse(x: Tensor, target: Tensor, valid: Tensor | None = None) -> Tensor:
    """Mean squared error of a map (N, 1, h, w) over the valid pixels."""
    if valid is None and len(x) > 0:
        return F.mse_loss(x, target)
    return valid_mean((x - target).square(), valid)


def valid_range(x: Tensor, valid: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Minimum and maximum of each image of a map (N, 1, h, w) over the valid pixels, each (N, 1, 1, 1)."""
    low, high = (x, x) if valid is None else (x.masked_fill(~valid, math.inf), x.masked_fill(~valid, -math.inf))
    return low.amin(dim=(2, 3), keepdim=True), high.amax(dim=(2, 3), keepdim=True)
