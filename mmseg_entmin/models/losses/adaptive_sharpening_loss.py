# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Adaptive sharpening (paper, Eq. 5 to 8)."""
import torch
from torch import Tensor

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS

from ..logits import at_least_float32
from ..options import check_shares
from ..valid_pixels import valid_mean, valid_range
from .fused import sharpening_loss
from .predictions import SemiPredictions
from .unsupervised_loss import UnsupervisedLoss


def adaptive_sharpening_loss(seg_mean: Tensor, seg_var: Tensor | None = None, temperature: float | None = None,
                             min_temperature: float = 0.01, valid: Tensor | None = None) -> Tensor:
    """L_a = mean_i || p_i - q_i ||^2, p = softmax(mu), q = sg softmax(mu / T) (Eq. 8).

    The gradient reaches mu through p alone. The result, in float32 or wider, is 0 without images or valid pixels.

    Args:
        seg_mean: mu (N, C, h, w), logits, any floating type.
        seg_var: s2 (N, C, h, w), > 0. Not needed with a fixed temperature.
        temperature: a fixed T > 0 (0.5 in the paper's ablation "CE + Sharpen"). Default: ``adaptive_temperature``.
        min_temperature: lower bound of the adaptive T, in (0, 1]. Default 0.01.
        valid: (N, 1, h, w), bool, the pixels i of the mean and of T. Default: all.
    """
    if temperature is None and seg_var is None:
        raise ValueError('adaptive_sharpening_loss: the adaptive temperature needs seg_var; give it, or a temperature')
    logits = at_least_float32(seg_mean)
    probs = logits.softmax(dim=1)
    if temperature is None:
        temperature = adaptive_temperature(probs, seg_var, min_temperature, valid)
    target = (logits / temperature).softmax(dim=1).detach()
    return valid_mean((probs - target).square().sum(dim=1, keepdim=True), valid)


def adaptive_temperature(probs: Tensor, seg_var: Tensor, min_temperature: float = 0.01,
                         valid: Tensor | None = None) -> Tensor:
    """T_i = (c_i - min c) / (max c - min c), c_i = max_c p_i + s2_i, min and max over the image (Eq. 5 to 7).

    T (N, 1, h, w), without a gradient, is low where the prediction is unsure, which sharpens more, and high where the
    variance is high. It is 1 where c is constant over the image, up to rounding.

    Args:
        probs: p (N, C, h, w), in 0..1; ``seg_var`` is s2, of this shape, > 0; that of the predicted class counts.
        min_temperature: lower bound of T, which reaches 0 once in each image. Default 0.01.
        valid: (N, 1, h, w), bool, the pixels that count for min and max. Default: all.
    """
    return image_temperature(*probs.max(dim=1, keepdim=True), seg_var, min_temperature, valid)


@torch.no_grad()
def image_temperature(confidence: Tensor, predicted: Tensor, seg_var: Tensor, min_temperature: float = 0.01,
                      valid: Tensor | None = None) -> Tensor:
    """``adaptive_temperature`` from max_c p_i and argmax_c p_i, each (N, 1, h, w)."""
    c = confidence + at_least_float32(seg_var.gather(1, predicted))
    low, high = valid_range(c, valid)
    constant = high - low <= 4 * torch.finfo(c.dtype).eps * high
    temperature = (c - low) / (high - low).masked_fill(constant, 1)
    return temperature.masked_fill(constant, 1).clamp(min=min_temperature)


@MODELS.register_module()
class AdaptiveSharpeningLoss(UnsupervisedLoss):
    """Sharpening with a temperature for each pixel, or a fixed one: ``adaptive_sharpening_loss`` as a component.

    Args:
        temperature: fixed T > 0. Default: None, the adaptive T of Eq. 7.
        min_temperature: lower bound of the adaptive T, in (0, 1]. Default 0.01.
        **kwargs: see ``UnsupervisedLoss``.
    """

    loss_name = 'loss_sharpening'
    variance_grad = False

    def __init__(self, temperature: float | None = None, min_temperature: float = 0.01, **kwargs) -> None:
        super().__init__(**kwargs)
        if temperature is not None and temperature <= 0:
            raise OptionError('AdaptiveSharpeningLoss', 'temperature', temperature,
                              'must be above 0, or None for the adaptive one')
        check_shares(self, excluded=0, min_temperature=min_temperature)
        self.temperature, self.min_temperature = temperature, min_temperature

    def forward(self, predictions: SemiPredictions) -> Tensor:
        temperature = self.temperature
        if temperature is None:
            statistics = predictions.seg_statistics
            temperature = image_temperature(statistics.confidence, statistics.predicted, predictions.seg_var,
                                            self.min_temperature, predictions.seg_valid)
        return sharpening_loss(predictions.seg_mean, temperature, predictions.seg_valid)
