# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Pseudo-labels from predictions: the class, the pixels to train on, and the loss."""
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from mmseg_entmin.errors import OptionError

from .logits import at_least_float32
from .options import check_shares, owner_name


@torch.no_grad()
def pseudo_labels(logits: Tensor, threshold: float | Sequence[float] = 0.) -> tuple[Tensor, Tensor]:
    """Predicted classes of logits (N, C, H, W), and where max_c p_c >= threshold, in 0..1; both are (N, 1, H, W).

    C thresholds are those of the predicted classes.
    """
    confidence, target = at_least_float32(logits).softmax(dim=1).max(dim=1, keepdim=True)
    if isinstance(threshold, Sequence):
        threshold = torch.tensor(threshold, device=logits.device)[target]
    return target, confidence >= threshold


def check_threshold(owner: object, threshold: float | Sequence[float], num_classes: int) -> None:
    """A threshold is in 0..1, or a list of such numbers, one for each class; else an OptionError."""
    several = isinstance(threshold, Sequence)
    if several and len(threshold) != num_classes:
        raise OptionError(owner_name(owner), 'threshold', list(threshold),
                          f'give {num_classes} thresholds, one for each class, or one number')
    for value in threshold if several else [threshold]:
        check_shares(owner, threshold=value)


def masked_cross_entropy(logits: Tensor, target: Tensor, selected: Tensor, count: Tensor | None = None) -> Tensor:
    """Cross entropy of logits (N, C, H, W), summed over the selected pixels and divided by a number of pixels.

    ``target``, classes, and ``selected``, bool or 0..1, are (N, H, W) or (N, 1, H, W). The divisor ``count``, a scalar,
    is raised to at least 1; by default all pixels count, selected or not.
    """
    target, selected = target.reshape(len(target), *target.shape[-2:]), selected.reshape(-1, *selected.shape[-2:])
    loss = F.cross_entropy(at_least_float32(logits), target, reduction='none') * selected
    return loss.mean() if count is None else loss.sum() / count.clamp(min=1)


@torch.no_grad()
def class_shares(logits: Tensor) -> dict[str, Tensor]:
    """Share of the pixels that is predicted as each class, in 0..1, for the log: 'unsup.share_0', ..."""
    predicted = logits.argmax(dim=1)
    return {f'unsup.share_{c}': (predicted == c).float().mean() for c in range(logits.shape[1])}
