# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Class weights in mmseg's ``CrossEntropyLoss`` (onedl-mmsegmentation 1.4.2, mmsegmentation 1.2.2).

mmseg fails in the first step for ``class_weight`` with ``avg_non_ignore=True``, wherever pixels are ignored, and with
``use_sigmoid=True``. ``support_class_weights`` replaces its two functions by these, which give what PyTorch gives.
"""
from collections.abc import Callable

from mmseg.models.losses import cross_entropy_loss
from torch import Tensor


def weighted_mean(cross_entropy: Callable) -> Callable:
    """Softmax cross entropy as in ``torch.nn.functional.cross_entropy``: sum_i w_(y_i) l_i / sum_i w_(y_i), valid i."""

    def call(pred: Tensor, label: Tensor, weight: Tensor | None = None, class_weight: Tensor | None = None,
             reduction: str = 'mean', avg_factor: Tensor | None = None, ignore_index: int = -100,
             avg_non_ignore: bool = False, **kwargs) -> Tensor:
        if class_weight is not None and avg_factor is None and reduction == 'mean':
            valid = label != ignore_index
            avg_factor = (class_weight[label.clamp(0, len(class_weight) - 1)] * valid).sum()
        return cross_entropy(pred, label, weight=weight, class_weight=class_weight, reduction=reduction,
                             avg_factor=avg_factor, ignore_index=ignore_index, avg_non_ignore=avg_non_ignore, **kwargs)

    return call


def weights_of_channels(binary_cross_entropy: Callable) -> Callable:
    """Sigmoid cross entropy with a weight of the positive pixels for each channel, as PyTorch's ``pos_weight``."""

    def call(pred: Tensor, label: Tensor, *args, class_weight: Tensor | None = None, **kwargs) -> Tensor:
        if class_weight is not None:
            class_weight = class_weight.view(-1, *[1] * (pred.dim() - 2))
        return binary_cross_entropy(pred, label, *args, class_weight=class_weight, **kwargs)

    return call


def support_class_weights() -> None:
    """Replace the functions that every ``CrossEntropyLoss`` built from now on uses."""
    if not hasattr(cross_entropy_loss, '_without_class_weights'):
        cross_entropy_loss._without_class_weights = True
        cross_entropy_loss.cross_entropy = weighted_mean(cross_entropy_loss.cross_entropy)
        cross_entropy_loss.binary_cross_entropy = weights_of_channels(cross_entropy_loss.binary_cross_entropy)
