# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which pixels of unlabeled images show something: not the padding, not what a transform has left empty."""

import torch
import torch.nn.functional as F
from mmseg.utils import SampleList
from torch import Tensor


def valid_pixels(images: Tensor, data_samples: SampleList) -> Tensor:
    """Where the images show something, (N, 1, H, W), bool.

    False where the preprocessor padded an image at its right or bottom to the batch's size, and where the sample's
    ``valid_pixels`` (1, h, w) are, if it has them; see :class:`~mmseg_entmin.datasets.transforms.PackUnlabeledInputs`.
    """
    mask = torch.ones(len(images), 1, *images.shape[2:], dtype=torch.bool, device=images.device)
    for row, sample in zip(mask, data_samples):
        height, width = _size(sample, images)
        row[:, height:] = False
        row[:, :, width:] = False
        if 'valid_pixels' in sample:
            row[:, :height, :width] = sample.valid_pixels.data
    return mask


def all_valid(images: Tensor, data_samples: SampleList) -> bool:
    """Whether :func:`valid_pixels` is True everywhere, as far as the host knows: no image padded, none with a map."""
    whole = tuple(images.shape[2:])
    return all(_size(sample, images) == whole and 'valid_pixels' not in sample for sample in data_samples)


def _size(sample, images: Tensor) -> tuple[int, int]:
    return tuple(sample.metainfo.get('img_shape', images.shape[2:])[:2])


def valid_at(valid: Tensor, size: tuple[int, int], neighbors: bool = False) -> Tensor:
    """The places of a map of another size (h, w) whose pixels are all valid, (N, 1, h, w), bool.

    Args:
        valid: (N, 1, H, W), bool.
        size: (h, w).
        neighbors: those of the 8 neighbors of a place must be valid too. Default False.
    """
    if tuple(size) == tuple(valid.shape[2:]) and not neighbors:
        return valid
    empty = F.adaptive_max_pool2d((~valid).float(), size)
    return (F.max_pool2d(empty, 3, stride=1, padding=1) if neighbors else empty) == 0


def count_pixels(logits: Tensor, valid: Tensor | None) -> int | Tensor:
    """Pixels of all images that a mean over (N, C, h, w) is taken of, at least 1."""
    return logits.numel() // logits.shape[1] if valid is None else valid.sum().clamp(min=1)


def masked(x: Tensor, valid: Tensor | None, block: tuple) -> Tensor:
    """A block of a map (N, C, h, w), set to 0 in place where it is not valid (N, 1, h, w)."""
    return x if valid is None else x.mul_(valid[block])
