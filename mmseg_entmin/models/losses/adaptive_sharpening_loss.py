# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Adaptive sharpening (paper, Eq. 5 to 8)."""
import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from mmseg_entmin.registry import MODELS

from ..blocks import blocks
from ..predictions import SemiPredictions
from ..softmax_statistics import SoftmaxStatistics, softmax_backward, softmax_statistics
from ..uncertainty import at_least_float32
from ..valid_pixels import count_pixels, masked
from .unsupervised_loss import UnsupervisedLoss, zero_of


def adaptive_temperature(probs: Tensor, seg_var: Tensor, min_temperature: float = 0.01,
                         valid: Tensor | None = None) -> Tensor:
    """T_i = (c_i - min c) / (max c - min c), c_i = max_c p_i + s2_i, min and max over the image (Eq. 5 to 7).

    Args:
        probs: p (N, C, h, w), in 0..1.
        seg_var: s2 (N, C, h, w), > 0; that of the predicted class counts.
        min_temperature: lower bound of T, which reaches 0 once in each image.
        valid: (N, 1, h, w), bool, the pixels that count for min and max. Default all.

    Returns:
        T (N, 1, h, w), in min_temperature..1: low where the prediction is unsure (more sharpening), high where the
        variance is high (less). 1 where c is constant over the image, up to rounding.
    """
    return temperature_of(*probs.max(dim=1, keepdim=True), seg_var, min_temperature, valid)


@torch.no_grad()
def temperature_of(confidence: Tensor, predicted: Tensor, seg_var: Tensor, min_temperature: float = 0.01,
                   valid: Tensor | None = None) -> Tensor:
    """:func:`adaptive_temperature` from max_c p_i and the class that has it, each (N, 1, h, w)."""
    c = confidence + at_least_float32(seg_var.gather(1, predicted))
    lowest, highest = (c, c) if valid is None else (c.masked_fill(~valid, sign * math.inf) for sign in (1, -1))
    low, high = lowest.amin(dim=(2, 3), keepdim=True), highest.amax(dim=(2, 3), keepdim=True)
    spread = high - low
    constant = spread <= 4 * torch.finfo(c.dtype).eps * high
    temperature = (c - low) / spread.masked_fill(constant, 1)
    return temperature.masked_fill(constant, 1).clamp(min=min_temperature)


def adaptive_sharpening_loss(seg_mean: Tensor, seg_var: Tensor | None = None, temperature: float | None = None,
                             min_temperature: float = 0.01, statistics: SoftmaxStatistics | None = None,
                             valid: Tensor | None = None) -> Tensor:
    """L_a = mean_i || p_i - q_i ||^2, p = softmax(mu), q = sg softmax(mu / T) (Eq. 8).

    The gradient reaches the mean through p alone: never the target, the temperature or the variance. Neither p nor q
    is kept for it, see :mod:`mmseg_entmin.models.blocks`.

    Args:
        seg_mean: mu (N, C, h, w), logits, any floating type.
        seg_var: s2 (N, C, h, w), > 0; not needed with a fixed temperature.
        temperature: a fixed T > 0 for every pixel (the ablation row "CE + Sharpen" has 0.5); None (default): adaptive.
        min_temperature: lower bound of the adaptive T, in (0, 1]. Default 0.01.
        statistics: of softmax(mu), where they are known already.
        valid: (N, 1, h, w), bool, the pixels i of the mean and of T. Default all.

    Returns:
        A scalar, sum over the classes and mean over images and pixels, in float32 or wider; 0 for an empty batch, and
        if no pixel is valid.

    Raises:
        ValueError: neither a variance nor a temperature.
    """
    if temperature is None and seg_var is None:
        raise ValueError('adaptive_sharpening_loss: the adaptive temperature needs seg_var; give it, or a temperature')
    if len(seg_mean) == 0:
        return zero_of(seg_mean)
    if temperature is not None:
        return _Sharpening.apply(seg_mean, temperature, valid)
    known = statistics or softmax_statistics(seg_mean.detach())
    temperatures = temperature_of(known.confidence, known.predicted, seg_var.detach(), min_temperature, valid)
    return _Sharpening.apply(seg_mean, temperatures, valid)


class _Sharpening(torch.autograd.Function):
    """Keeps the logits and the temperature; p and q of a block are computed again in the backward pass."""

    @staticmethod
    def forward(ctx, logits: Tensor, temperature: Tensor | float, valid: Tensor | None) -> Tensor:
        adaptive = isinstance(temperature, Tensor)
        ctx.save_for_backward(logits, temperature if adaptive else None, valid)
        ctx.temperature = None if adaptive else temperature
        total = sum(masked((probs - target).square_(), valid, block).sum()
                    for block, probs, target in _both(logits, temperature))
        return total / count_pixels(logits, valid)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_loss: Tensor):
        logits, temperature, valid = ctx.saved_tensors
        grad = torch.empty_like(logits)
        weight = 2 * grad_loss / count_pixels(logits, valid)
        for block, probs, target in _both(logits, ctx.temperature if temperature is None else temperature):
            grad[block] = masked(softmax_backward(probs, target.neg_().add_(probs).mul_(weight)), valid, block)
        return grad, None, None


def _both(logits: Tensor, temperature: Tensor | float) -> Iterator[tuple[tuple, Tensor, Tensor]]:
    """Block by block: its indices, p and q."""
    for block in blocks(logits, dim=2):
        x = at_least_float32(logits[block])
        yield block, x.softmax(dim=1), (x / (temperature[block] if isinstance(temperature, Tensor) else
                                             temperature)).softmax(dim=1)


@MODELS.register_module()
class AdaptiveSharpeningLoss(UnsupervisedLoss):
    """Sharpening with a temperature for each pixel, or a fixed one: :func:`adaptive_sharpening_loss` as a component.

    Args:
        temperature: fixed T > 0; None (default) for the adaptive T of Eq. 7.
        min_temperature: lower bound of the adaptive T, in (0, 1]. Default 0.01.
        loss_weight: default 1.
        loss_name: default 'loss_sharpening'.

    Raises:
        ValueError: a temperature out of its range.
    """

    loss_name = 'loss_sharpening'
    variance_grad = False

    def __init__(self, temperature: float | None = None, min_temperature: float = 0.01, loss_weight: float = 1.,
                 loss_name: str | None = None) -> None:
        super().__init__(loss_weight, loss_name)
        if temperature is not None and temperature <= 0:
            raise ValueError(f'AdaptiveSharpeningLoss: temperature={temperature}, must be above 0 (or None, adaptive)')
        if not 0 < min_temperature <= 1:
            raise ValueError(f'AdaptiveSharpeningLoss: min_temperature={min_temperature}, must be in (0, 1]')
        self.temperature = temperature
        self.min_temperature = min_temperature

    def forward(self, predictions: SemiPredictions) -> Tensor:
        return adaptive_sharpening_loss(
            predictions.seg_mean, predictions.seg_var, self.temperature, self.min_temperature,
            None if self.temperature else predictions.seg_statistics, predictions.seg_valid)
