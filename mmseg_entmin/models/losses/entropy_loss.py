# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Plain entropy minimization (Grandvalet and Bengio 2005), the control of adaptive sharpening."""
import math

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from mmseg_entmin.registry import MODELS

from ..blocks import blocks
from ..predictions import SemiPredictions
from ..softmax_statistics import softmax_backward
from ..uncertainty import at_least_float32
from ..valid_pixels import count_pixels, masked
from .unsupervised_loss import UnsupervisedLoss, zero_of


def entropy_loss(seg_mean: Tensor, normalize: bool = True, valid: Tensor | None = None) -> Tensor:
    """Mean over images and pixels of - sum_c p_c ln p_c, p = softmax(mu).

    Args:
        seg_mean: mu (N, C, h, w), logits, any floating type.
        normalize: divide by ln C, so that the value is in 0..1 (ADVENT's form; Vu et al. 2019), C > 1. Default True.
        valid: (N, 1, h, w), bool, the pixels of the mean. Default all.

    Returns:
        A scalar in float32 or wider; 0 for an empty batch, and if no pixel is valid.
    """
    if len(seg_mean) == 0:
        return zero_of(seg_mean)
    entropy = _Entropy.apply(seg_mean, valid)
    return entropy / math.log(seg_mean.shape[1]) if normalize else entropy


class _Entropy(torch.autograd.Function):
    """Keeps the logits alone: a block's probabilities are computed again in the backward pass."""

    @staticmethod
    def forward(ctx, logits: Tensor, valid: Tensor | None) -> Tensor:
        ctx.save_for_backward(logits, valid)
        total = 0
        for block in blocks(logits, dim=2):
            log_probs = at_least_float32(logits[block]).log_softmax(dim=1)
            total -= masked(log_probs.exp().mul_(log_probs), valid, block).sum()
        return total / count_pixels(logits, valid)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_entropy: Tensor):
        logits, valid = ctx.saved_tensors
        grad = torch.empty_like(logits)
        weight = -grad_entropy / count_pixels(logits, valid)
        for block in blocks(logits, dim=2):  # of p ln p, whose derivative by p is ln p + 1; the 1 cancels
            log_probs = at_least_float32(logits[block]).log_softmax(dim=1)
            grad[block] = masked(softmax_backward(log_probs.exp(), log_probs.mul_(weight)), valid, block)
        return grad, None


@MODELS.register_module()
class EntropyLoss(UnsupervisedLoss):
    """Shannon entropy of the prediction: :func:`entropy_loss` as a component.

    Args:
        normalize: divide by ln C. Default True.
        loss_weight: default 1.
        loss_name: default 'loss_entropy'.
    """

    loss_name = 'loss_entropy'
    variance_grad = False

    def __init__(self, normalize: bool = True, loss_weight: float = 1., loss_name: str | None = None) -> None:
        super().__init__(loss_weight, loss_name)
        self.normalize = normalize

    def forward(self, predictions: SemiPredictions) -> Tensor:
        return entropy_loss(predictions.seg_mean, self.normalize, predictions.seg_valid)
