# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Feature gradient map regularization (paper, Eq. 4)."""
from typing import Optional, Sequence

import torch.nn.functional as F
from torch import Tensor

from mmseg_entmin.registry import MODELS

from ..predictions import SemiPredictions
from ..uncertainty import at_least_float32, check_choice
from .unsupervised_loss import UnsupervisedLoss, zero_of

ACCUMULATE = ('exclusive', 'inclusive')


def gradient_map(feature: Tensor) -> Tensor:
    """Mean over the channels of the Sobel magnitude sqrt(gx^2 + gy^2 + 1e-12): (N, C, h, w) to (N, 1, h, w).

    Sobel kernels [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]] / 8 and its transpose (so that a ramp of slope 1 has gradient 1),
    borders replicated, in float32 or wider. As differences of shifted views they take a tenth of the time that
    convolutions of one channel take on a CPU.
    """
    x = F.pad(at_least_float32(feature), (1, 1, 1, 1), mode='replicate')
    columns = x[:, :, :-2] + 2 * x[:, :, 1:-1] + x[:, :, 2:]
    rows = x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:]
    gx, gy = columns[..., 2:] - columns[..., :-2], rows[:, :, 2:] - rows[:, :, :-2]
    return ((gx.square() + gy.square()) / 64 + 1e-12).sqrt().mean(dim=1, keepdim=True)


def feature_gradient_loss(features: Sequence[Tensor], accumulate: str = 'exclusive') -> Tensor:
    """L_g = 1/|S_e| sum_j 1/|e_j| || sg(sum_i grad e_i) - grad e_j ||^2 (Eq. 4).

    Each stage's gradient map is drawn to the sum of the lower stages' maps, which are brought to its size by adaptive
    average pooling. 1/|e_j| is the mean over all (N, h_j, w_j). Stage 0 has no lower stage and adds 0.

    Args:
        features: the encoder's maps e_0 .. e_n, low to high, each (N, C_j, h_j, w_j), any floating type.
        accumulate: 'exclusive' (default): i < j, a regression target. 'inclusive': i <= j, as printed; then the value
            does not depend on e_j itself, whose gradient always says "grow".

    Returns:
        A scalar in float32 or wider; 0 for an empty batch.

    Raises:
        ValueError: no features, or an unknown ``accumulate``.
    """
    check_choice('feature_gradient_loss', 'accumulate', accumulate, ACCUMULATE)
    if not features:
        raise ValueError('feature_gradient_loss: features is empty, it needs the maps of at least one encoder stage')
    if len(features) == 1 or len(features[0]) == 0:
        return zero_of(*features)
    lower_maps = [gradient_map(features[0].detach())]  # the lowest stage is only ever a target
    # ... but its parameters get a gradient, of 0: data-parallel training waits for every one
    losses = [zero_of(features[0][..., :1, :1])]
    for feature in features[1:]:
        current = gradient_map(feature)
        target = sum(F.adaptive_avg_pool2d(lower, current.shape[2:]) for lower in lower_maps)
        lower_maps.append(current.detach())
        if accumulate == 'inclusive':
            target = target + lower_maps[-1]
        losses.append(F.mse_loss(current, target))
    return sum(losses) / len(features)


@MODELS.register_module()
class FeatureGradientLoss(UnsupervisedLoss):
    """Feature gradient map regularization, FGMR: :func:`feature_gradient_loss` as a component.

    Args:
        accumulate: 'exclusive' (default) or 'inclusive' (as printed in the paper).
        stages: indices of the encoder stages to use, low to high; default all.
        loss_weight: default 1.
        loss_name: default 'loss_feature_gradient'.
    """

    loss_name = 'loss_feature_gradient'

    def __init__(self, accumulate: str = 'exclusive', stages: Optional[Sequence[int]] = None,
                 loss_weight: float = 1., loss_name: Optional[str] = None) -> None:
        super().__init__(loss_weight, loss_name)
        check_choice('FeatureGradientLoss', 'accumulate', accumulate, ACCUMULATE)
        self.accumulate = accumulate
        self.stages = stages

    def forward(self, predictions: SemiPredictions) -> Tensor:
        features = predictions.features
        if self.stages is not None:
            features = [features[i] for i in self.stages]
        return feature_gradient_loss(features, self.accumulate)
