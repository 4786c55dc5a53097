# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Gaussian logits: the positive variance and its Monte-Carlo sampling (Eq. 1 and 2)."""
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .options import check_choice

VARIANCE_FORMS = ('softplus', 'exp')
ACTIVATIONS = ('softmax', 'sigmoid')


def check_uncertainty(owner: str, kernel_size: int, num_samples: int, variance: str) -> None:
    """Refuse what neither uncertainty head can do: an even kernel, no sample, an unknown form of the variance."""
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise ValueError(f'{owner}: kernel_size={kernel_size}, must be an odd number')
    if num_samples < 1:
        raise ValueError(f'{owner}: num_samples={num_samples}, must be at least 1')
    check_choice(owner, 'variance', variance, VARIANCE_FORMS)


def at_least_float32(x: Tensor) -> Tensor:
    """float16 and bfloat16 become float32; float32 and float64 stay."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def positive_variance(raw: Tensor, form: str = 'softplus') -> Tensor:
    """Variance from the raw output of a layer: softplus(raw) + 1e-6, or exp(raw) with raw held in -20..11, so that
    neither it nor its gradient overflows, in float16 either; in float32 or wider.
    """
    raw = at_least_float32(raw)
    return raw.clamp(-20, 11).exp() if form == 'exp' else F.softplus(raw) + 1e-6


def sample_logits(mean: Tensor, variance: Tensor, num_samples: int = 1, activation: str = 'softmax') -> Tensor:
    """Logits z = mu + eps sqrt(s2), eps ~ N(0, I) (Eq. 2), in float32 or wider.

    With S = num_samples > 1, the logits whose activation is the mean of the S activated samples, so that their cross
    entropy is -log mean_s p(y | z_s) (Kendall and Gal 2017, Eq. 12).

    Args:
        mean: (N, C, ...), any floating type.
        variance: the same shape, > 0.
        num_samples: S, >= 1. Default 1 (the paper's).
        activation: 'softmax' over dimension 1 (default), or 'sigmoid' for each class alone.

    Returns:
        Logits with the shape of mean; for S = 1 the sample itself.
    """
    mean, deviation = at_least_float32(mean), at_least_float32(variance).sqrt()
    samples = (mean + torch.randn_like(mean) * deviation for _ in range(num_samples))
    if num_samples == 1:
        return next(samples)
    if activation == 'softmax':
        # log-probabilities are logits of themselves
        return torch.stack([z.log_softmax(dim=1) for z in samples]).logsumexp(dim=0) - math.log(num_samples)
    z = torch.stack(list(samples))
    return F.logsigmoid(z).logsumexp(dim=0) - F.logsigmoid(-z).logsumexp(dim=0)


class MeanVariance(nn.Module):
    """The last layer of a head that gives the raw variance beside the mean, stacked along the channels.

    One tensor leaves the layer, so that whatever the head still does with its output (resizing, say) it does to both.

    Args:
        mean: the head's own last layer, (N, in_channels, h, w) to (N, num_classes, h, w).
        in_channels: channels of its input.
        num_classes: channels of its output.
        kernel_size: of the variance's convolution, odd.

    While ``variance_grad`` is False no gradient passes through the variance, and none is computed.
    """

    variance_grad = True

    def __init__(self, mean: nn.Module, in_channels: int, num_classes: int, kernel_size: int) -> None:
        super().__init__()
        self.mean = mean
        self.variance = nn.Conv2d(in_channels, num_classes, kernel_size, padding=kernel_size // 2)

    def forward(self, x: Tensor) -> Tensor:
        mean = self.mean(x)
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.variance_grad):
            variance = self.variance(x)
        return torch.cat([mean, variance], dim=1)
