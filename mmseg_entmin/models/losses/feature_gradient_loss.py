# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Feature gradient map regularization (paper, Eq. 4)."""
import warnings
from collections.abc import Callable, Sequence
from functools import partial

import torch.nn.functional as F
from torch import Tensor

from mmseg_entmin.errors import OptionError
from mmseg_entmin.registry import MODELS

from ..logits import at_least_float32
from ..options import check_choice
from ..valid_pixels import valid_at, valid_mse
from . import fused
from .predictions import MapsOfImages, SemiPredictions
from .unsupervised_loss import UnsupervisedLoss

ACCUMULATE = ('exclusive', 'inclusive')


def gradient_map(feature: Tensor) -> Tensor:
    """Mean over the channels of sqrt(gx^2 + gy^2 + 1e-12): (N, C, h, w) to (N, 1, h, w), in float32 or wider.

    The Sobel kernels, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]] / 8 and its transpose, give a ramp of slope 1 the gradient
    1. Borders are replicated.
    """
    x = F.pad(at_least_float32(feature), (1, 1, 1, 1), mode='replicate')
    rows = x[:, :, :-2] + 2 * x[:, :, 1:-1] + x[:, :, 2:]
    columns = x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:]
    gx = (rows[..., 2:] - rows[..., :-2]) / 8
    gy = (columns[:, :, 2:] - columns[:, :, :-2]) / 8
    return (gx.square() + gy.square() + 1e-12).sqrt().mean(dim=1, keepdim=True)


def feature_gradient_loss(features: Sequence[Tensor], accumulate: str = 'exclusive', valid: Tensor | None = None,
                          gradient: Callable[[Tensor], Tensor] = gradient_map) -> Tensor:
    """L_g = 1/|S_e| sum_j 1/|e_j| || sg(sum_i grad e_i) - grad e_j ||^2 (Eq. 4).

    grad e_i is resized to h_j x w_j by adaptive average pooling; 1/|e_j| is the mean over (N, h_j, w_j). The result, in
    float32 or wider, is 0 without images or valid pixels. Maps that grow, or none at all, raise a ValueError.

    Args:
        features: the encoder's maps e_0 .. e_n, low to high, each (N, C_j, h_j, w_j), any floating type.
        accumulate: 'exclusive' (default) sums over i < j, a regression target. 'inclusive' sums over i <= j, as
            printed. Then the value does not depend on e_j, and the gradient always makes grad e_j grow.
        valid: (N, 1, H, W), bool, of any size: a place counts if it and its 8 neighbors are valid. Default: all.
        gradient: the gradient map of a stage.
    """
    check_features(features, accumulate)
    maps = [gradient(feature) for feature in features]
    loss = 0 * maps[0].sum()
    for j, current in enumerate(maps[1:], 1):
        lower = maps[:j + 1] if accumulate == 'inclusive' else maps[:j]
        target = sum(F.adaptive_avg_pool2d(x.detach(), current.shape[2:]) for x in lower)
        loss = loss + valid_mse(current, target, valid_at(valid, current.shape[2:], neighbors=True))
    return loss / len(maps)


def check_features(features: Sequence[Tensor], accumulate: str) -> None:
    check_choice('feature_gradient_loss', 'accumulate', accumulate, ACCUMULATE)
    if not features:
        raise ValueError('feature_gradient_loss: features is empty, it needs the maps of at least one encoder stage')
    sizes = [tuple(x.shape[2:]) for x in features]
    for place, (lower, size) in enumerate(zip(sizes, sizes[1:]), 1):
        if size[0] > lower[0] or size[1] > lower[1]:
            raise ValueError(f'feature_gradient_loss: map {place} has {size[0]} x {size[1]}, larger than the one '
                             f'before it, {lower[0]} x {lower[1]}; the maps must go from low to high: name the '
                             "segmentor's encoder_stages, or set the loss's stages")


@MODELS.register_module()
class FeatureGradientLoss(UnsupervisedLoss):
    """Feature gradient map regularization, FGMR: ``feature_gradient_loss`` as a component.

    Args:
        accumulate: 'exclusive' (default) or 'inclusive' (as printed in the paper).
        stages: indices from 0 of two or more encoder stages, low to high; a missing one is a ValueError. Default: all.
        **kwargs: see ``UnsupervisedLoss``.
    """

    loss_name = 'loss_feature_gradient'
    variance_grad = False

    def __init__(self, accumulate: str = 'exclusive', stages: Sequence[int] | None = None, **kwargs) -> None:
        super().__init__(**kwargs)
        check_choice(self, 'accumulate', accumulate, ACCUMULATE)
        if stages is not None and (len(stages) < 2 or stages[0] < 0 or list(stages) != sorted(set(stages))):
            raise OptionError('FeatureGradientLoss', 'stages', stages, 'must be two indices or more, low to high')
        self.accumulate, self.stages = accumulate, stages

    def forward(self, predictions: SemiPredictions) -> Tensor:
        features, images = predictions.features, slice(None)
        if isinstance(features, MapsOfImages):
            features, images = features.maps, features.images
        lowest, *others = self.pick(features)
        # The lowest stage is only a target: its gradient is 0, and is not computed.
        loss = feature_gradient_loss([lowest.detach(), *others], self.accumulate, predictions.valid,
                                     partial(fused.gradient_map, images=images))
        return loss + fused.zero_with_gradient(lowest)

    def pick(self, features: Sequence[Tensor]) -> Sequence[Tensor]:
        """The maps of the chosen stages."""
        if len(features) < 2:
            warnings.warn('FeatureGradientLoss: the encoder has a single map and no lower one as a target, so that the '
                          "loss is 0; give the backbone more out_indices, name the segmentor's encoder_stages, or "
                          'leave this loss out', stacklevel=3)
        if self.stages is None:
            return features
        if self.stages[-1] >= len(features):
            raise OptionError('FeatureGradientLoss', 'stages', self.stages, f'the encoder has {len(features)} maps')
        return [features[stage] for stage in self.stages]
