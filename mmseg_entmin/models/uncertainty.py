# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Gaussian logits: their positive variance, Monte-Carlo samples of them (Eq. 1 and 2), and class probabilities."""
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmseg_entmin.errors import OptionError

from .logits import at_least_float32
from .options import check_at_least_one, check_choice

VARIANCE_FORMS = ('softplus', 'exp')
ACTIVATIONS = ('softmax', 'sigmoid')


def check_uncertainty(owner: object, kernel_size: int, num_samples: int, variance: str) -> None:
    """Check the options that both uncertainty heads have."""
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise OptionError(type(owner).__name__, 'kernel_size', kernel_size, 'must be an odd number')
    check_at_least_one(owner, num_samples=num_samples)
    check_choice(owner, 'variance', variance, VARIANCE_FORMS)


def sample_logits(mean: Tensor, variance: Tensor, num_samples: int = 1, activation: str = 'softmax') -> Tensor:
    """Logits z = mu + eps sqrt(s2), eps ~ N(0, I) (Eq. 2), in float32 or wider.

    Args:
        mean: mu (N, C, ...), any floating type; ``variance`` is s2, of the same shape, > 0.
        num_samples: S, >= 1. Default 1 (the paper's), the sample itself. More: the logits whose activation is the mean
            of the S activated samples; their cross entropy is -log mean_s p(y | z_s) (Kendall and Gal 2017, Eq. 12).
        activation: 'softmax' over dimension 1 (default), or 'sigmoid' for each class alone.
    """
    mean, deviation = at_least_float32(mean), at_least_float32(variance).sqrt()
    samples = (mean + torch.randn_like(mean) * deviation for _ in range(num_samples))
    if num_samples == 1:
        return next(samples)
    if activation == 'softmax':  # log-probabilities are logits whose softmax is the probabilities
        return torch.stack([z.log_softmax(dim=1) for z in samples]).logsumexp(dim=0) - math.log(num_samples)
    z = torch.stack(list(samples))
    return F.logsigmoid(z).logsumexp(dim=0) - F.logsigmoid(-z).logsumexp(dim=0)


def positive_variance(raw: Tensor, form: str = 'softplus') -> Tensor:
    """Variance from a layer's raw output, in float32 or wider: softplus(raw) + 1e-6, or exp(raw) with form 'exp'."""
    raw = at_least_float32(raw)  # clamped for exp, so that neither variance nor gradient overflows, in float16 either
    return raw.clamp(-20, 11).exp() if form == 'exp' else F.softplus(raw) + 1e-6


def class_probabilities(cls_mean: Tensor, activation: str) -> Tensor:
    """p_c = a_c(mu_c) (Eq. 9): image-level logits (N, C) to probabilities, in float32 or wider."""
    cls_mean = at_least_float32(cls_mean)
    return cls_mean.softmax(dim=1) if activation == 'softmax' else cls_mean.sigmoid()


class MeanVariance(nn.Module):
    """Last layer of a head, ``mean``, that outputs the raw variance too, in one tensor, along the channels."""

    variance_grad = True  # False: no gradient passes through the variance, and none is computed
    with_variance = True  # False: the output is the mean alone

    def __init__(self, mean: nn.Module, in_channels: int, num_classes: int, kernel_size: int) -> None:
        super().__init__()
        self.mean = mean
        self.variance = nn.Conv2d(in_channels, num_classes, kernel_size, padding=kernel_size // 2)

    def forward(self, x: Tensor) -> Tensor:
        mean = self.mean(x)
        if not self.with_variance:
            return mean
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.variance_grad):
            variance = self.variance(x)
        return torch.cat([mean, variance], dim=1)
