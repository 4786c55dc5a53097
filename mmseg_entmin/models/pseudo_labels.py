# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Labels taken from predictions: which class, at which pixels, and the loss of learning them."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .uncertainty import at_least_float32


@torch.no_grad()
def pseudo_labels(logits: Tensor, threshold: float = 0.) -> tuple[Tensor, Tensor]:
    """The predicted class, and where it is sure enough: p >= threshold.

    Args:
        logits: (N, C, H, W).
        threshold: in 0..1; 0 selects every pixel.

    Returns:
        Classes, integer, and selection, bool, each (N, 1, H, W); without a gradient.
    """
    confidence, target = at_least_float32(logits).softmax(dim=1).max(dim=1, keepdim=True)
    return target, confidence >= threshold


def masked_cross_entropy(logits: Tensor, target: Tensor, selected: Tensor, count: Tensor | None = None) -> Tensor:
    """Cross entropy summed over the selected pixels and divided by a number of pixels; 0 if none is selected.

    Args:
        logits: (N, C, H, W).
        target: classes (N, H, W) or (N, 1, H, W).
        selected: the same shape, bool or 0..1.
        count: a number, at least 1 is divided by; default: all pixels, selected or not.
    """
    target, selected = target.reshape(len(target), *target.shape[-2:]), selected.reshape(-1, *selected.shape[-2:])
    loss = F.cross_entropy(at_least_float32(logits), target, reduction='none') * selected
    return loss.mean() if count is None else loss.sum() / count.clamp(min=1)


@torch.no_grad()
def class_shares(logits: Tensor) -> dict[str, Tensor]:
    """What share of the pixels is predicted as each class, as entries of a log: 'unsup.share_0', ... in 0..1."""
    predicted = logits.argmax(dim=1)
    return {f'unsup.share_{c}': (predicted == c).float().mean() for c in range(logits.shape[1])}
