# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the losses need of a softmax over the classes, without keeping the probabilities."""
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from .blocks import blocks
from .uncertainty import at_least_float32
from .valid_pixels import masked


class SoftmaxStatistics(NamedTuple):
    """Of p = softmax(mu) for logits mu (N, C, h, w), in float32 or wider.

    Attributes:
        mean: p averaged over the valid pixels of each image, (N, C); the gradient reaches mu.
        confidence: max_c p, (N, 1, h, w), without a gradient.
        predicted: argmax_c p, (N, 1, h, w), int64.
    """

    mean: Tensor
    confidence: Tensor
    predicted: Tensor


def softmax_statistics(logits: Tensor, valid: Tensor | None = None) -> SoftmaxStatistics:
    """Statistics of the softmax over dimension 1 of (N, C, h, w), N > 0; see :class:`SoftmaxStatistics`.

    ``valid``, (N, 1, h, w), bool, are the pixels of the mean; default all. An image without one has a mean of 0.
    """
    return SoftmaxStatistics(*_Statistics.apply(logits, valid))


class _Statistics(torch.autograd.Function):
    """Keeps the logits alone: a block's probabilities are computed again in the backward pass."""

    @staticmethod
    def forward(ctx, logits: Tensor, valid: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        n, num_classes, h, w = logits.shape
        dtype = at_least_float32(logits[:0]).dtype
        mean = logits.new_zeros(n, num_classes, dtype=dtype)
        confidence = logits.new_empty(n, 1, h, w, dtype=dtype)
        predicted = logits.new_empty(n, 1, h, w, dtype=torch.long)
        for block in blocks(logits, dim=2):
            probs = at_least_float32(logits[block]).softmax(dim=1)
            confidence[block], predicted[block] = probs.max(dim=1, keepdim=True)
            mean[block[0]] += masked(probs, valid, block).sum(dim=(2, 3))
        ctx.save_for_backward(logits, valid)
        ctx.mark_non_differentiable(confidence, predicted)
        ctx.set_materialize_grads(False)
        return mean / _pixels_of_each(logits, valid), confidence, predicted

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_mean, _confidence, _predicted):
        if grad_mean is None:
            return None, None
        logits, valid = ctx.saved_tensors
        grad = torch.empty_like(logits)
        weight = (grad_mean / _pixels_of_each(logits, valid))[:, :, None, None]
        for block in blocks(logits, dim=2):
            probs = at_least_float32(logits[block]).softmax(dim=1)
            grad[block] = masked(softmax_backward(probs, weight[block[0]]), valid, block)
        return grad, None


def _pixels_of_each(logits: Tensor, valid: Tensor | None) -> int | Tensor:
    """Valid pixels of each image, (N, 1), at least 1, or the one number of all pixels."""
    return logits.shape[2] * logits.shape[3] if valid is None else valid.sum(dim=(2, 3)).clamp(min=1)


def softmax_backward(probs: Tensor, grad: Tensor) -> Tensor:
    """Gradient of the logits from that of their softmax over dimension 1, p (g - sum_c g p); overwrites ``probs``.

    Entries too small for any sum, below tiny / eps of the type (1e-31 in float32), become 0: subnormal numbers make a
    CPU's convolutions slow, and products of small probabilities are full of them.
    """
    inner = (probs * grad).sum(dim=1, keepdim=True)
    grad = probs.mul_(grad - inner)
    if grad.device.type != 'cpu':
        return grad
    limits = torch.finfo(grad.dtype)
    return F.hardshrink(grad, limits.tiny / limits.eps)
