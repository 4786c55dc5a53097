# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Feature gradient map regularization (paper, Eq. 4)."""
import warnings
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from mmseg_entmin.registry import MODELS

from ..blocks import blocks
from ..options import check_choice
from ..predictions import MapsOfImages, SemiPredictions
from ..uncertainty import at_least_float32
from ..valid_pixels import valid_at
from .unsupervised_loss import UnsupervisedLoss, zero_of

ACCUMULATE = ('exclusive', 'inclusive')


def gradient_map(feature: Tensor, images: slice = slice(None)) -> Tensor:
    """Mean over the channels of the Sobel magnitude sqrt(gx^2 + gy^2 + 1e-12): (N, C, h, w) to (N, 1, h, w).

    Sobel kernels [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]] / 8 and its transpose (so that a ramp of slope 1 has gradient 1),
    borders replicated, in float32 or wider; of these images alone. Of the channels' gradients nothing is kept, not
    even for the backward pass, which computes them again, block by block.
    """
    return _GradientMap.apply(feature, images)


class _GradientMap(torch.autograd.Function):
    """Both Sobel kernels are differences of 2 x 2 sums u: gx = p + q, gy = p - q with the diagonal differences
    p = u[1, 1] - u[0, 0] and q = u[0, 1] - u[1, 0]. Hence gx^2 + gy^2 = 2 (p^2 + q^2), in half of the operations."""

    EPS = 32e-12  # of p^2 + q^2, which is 32 times the squared magnitude

    @staticmethod
    def forward(ctx, feature: Tensor, images: slice) -> Tensor:
        ctx.save_for_backward(feature)
        ctx.images = images
        feature = feature[images]
        n, c, h, w = feature.shape
        out = feature.new_zeros(n, 1, h, w, dtype=at_least_float32(feature[:0]).dtype)
        eps = out.new_full((), _GradientMap.EPS)
        for block in blocks(feature, dim=1):
            p, q = diagonal_differences(at_least_float32(feature[block]))
            magnitude = torch.addcmul(eps, p, p, out=p).addcmul_(q, q).sqrt_()
            out[block[0]] += magnitude.sum(dim=1, keepdim=True)
        return out.div_(c * 32**0.5)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_map: Tensor):
        batch, = ctx.saved_tensors
        grad_batch = torch.empty_like(batch) if ctx.images == slice(None) else torch.zeros_like(batch)
        feature, grad = batch[ctx.images], grad_batch[ctx.images]
        grad_map = grad_map / (feature.shape[1] * 32**0.5)
        eps = grad_map.new_full((), _GradientMap.EPS)
        for block in blocks(feature, dim=1):
            p, q = diagonal_differences(at_least_float32(feature[block]))
            scale = torch.addcmul(eps, p, p).addcmul_(q, q).rsqrt_().mul_(grad_map[block[0]])
            grad_sums = p.new_zeros(*p.shape[:2], p.shape[2] + 1, p.shape[3] + 1)
            torch.mul(p, scale, out=grad_sums[:, :, 1:, 1:])
            grad_sums[:, :, :-1, :-1].addcmul_(p, scale, value=-1)
            grad_sums[:, :, :-1, 1:].addcmul_(q, scale)
            grad_sums[:, :, 1:, :-1].addcmul_(q, scale, value=-1)
            del p, q, scale  # of blocks, few are alive at a time
            grad[block] = pair_sums_backward(pair_sums_backward(grad_sums, 3), 2)
        return grad_batch, None


class _Unmoved(torch.autograd.Function):
    """A scalar 0 that hangs on the graph of x, without reading x and without a gradient of its size."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        ctx.shape = x.shape
        return x.new_zeros((), dtype=at_least_float32(x[:0]).dtype)

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        return torch.zeros_like(grad).expand(ctx.shape)


def diagonal_differences(x: Tensor) -> tuple[Tensor, Tensor]:
    """p and q of :class:`_GradientMap`, each with the shape of x (N, C, h, w)."""
    sums = pair_sums(pair_sums(x, 2), 3)
    return sums[:, :, 1:, 1:] - sums[:, :, :-1, :-1], sums[:, :, :-1, 1:] - sums[:, :, 1:, :-1]


def pair_sums(x: Tensor, dim: int) -> Tensor:
    """Sums of neighbors along a dimension with replicated borders: n + 1 of n."""
    size = x.shape[dim]
    shape = list(x.shape)
    shape[dim] += 1
    out = x.new_empty(shape)
    torch.add(x.narrow(dim, 0, size - 1), x.narrow(dim, 1, size - 1), out=out.narrow(dim, 1, size - 1))
    for place, border in ((0, 0), (size, size - 1)):
        torch.mul(x.narrow(dim, border, 1), 2, out=out.narrow(dim, place, 1))
    return out


def pair_sums_backward(grad: Tensor, dim: int) -> Tensor:
    """Gradient of the n inputs of :func:`pair_sums` from that of its n + 1 outputs."""
    size = grad.shape[dim] - 1
    out = grad.narrow(dim, 0, size) + grad.narrow(dim, 1, size)
    for place, border in ((0, 0), (size - 1, size)):
        out.narrow(dim, place, 1).add_(grad.narrow(dim, border, 1))
    return out


def feature_gradient_loss(features: Sequence[Tensor], accumulate: str = 'exclusive',
                          valid: Tensor | None = None) -> Tensor:
    """L_g = 1/|S_e| sum_j 1/|e_j| || sg(sum_i grad e_i) - grad e_j ||^2 (Eq. 4).

    Each stage's gradient map is drawn to the sum of the lower stages' maps, which are brought to its size by adaptive
    average pooling. 1/|e_j| is the mean over all (N, h_j, w_j). Stage 0 has no lower stage and adds 0.

    Args:
        features: the encoder's maps e_0 .. e_n, low to high, each (N, C_j, h_j, w_j), any floating type.
        accumulate: 'exclusive' (default): i < j, a regression target. 'inclusive': i <= j, as printed; then the value
            does not depend on e_j itself, whose gradient always says "grow".
        valid: (N, 1, H, W), bool, of any size; a place of a map counts where it and its 8 neighbors, which its gradient
            is made of, are valid. Default all.

    Returns:
        A scalar in float32 or wider; 0 for an empty batch, and if no pixel is valid.

    Raises:
        ValueError: no features, a map that is larger than the one before it, or an unknown ``accumulate``.
    """
    check_choice('feature_gradient_loss', 'accumulate', accumulate, ACCUMULATE)
    if not features:
        raise ValueError('feature_gradient_loss: features is empty, it needs the maps of at least one encoder stage')
    maps, images = (features.maps, features.images) if isinstance(features, MapsOfImages) else (features, slice(None))
    if len(maps) == 1 or len(maps[0][images]) == 0:
        return zero_of(*features)
    check_low_to_high(maps)
    lower_maps = [gradient_map(maps[0].detach(), images)]  # the lowest stage is only ever a target
    # ... but its parameters get a gradient, of 0: data-parallel training waits for every one
    losses = [_Unmoved.apply(maps[0])]
    for feature in maps[1:]:
        current = gradient_map(feature, images)
        target = sum(F.adaptive_avg_pool2d(lower, current.shape[2:]) for lower in lower_maps)
        lower_maps.append(current.detach())
        if accumulate == 'inclusive':
            target = target + lower_maps[-1]
        losses.append(mean_squared_error(current, target, valid))
    return sum(losses) / len(maps)


def check_low_to_high(maps: Sequence[Tensor]) -> None:
    """Raise a ValueError where a map (N, C, h, w) is larger than the one before it."""
    sizes = [tuple(x.shape[2:]) for x in maps]
    for place, (lower, size) in enumerate(zip(sizes, sizes[1:]), 1):
        if size[0] > lower[0] or size[1] > lower[1]:
            raise ValueError(f'feature_gradient_loss: map {place} is of {size[0]} x {size[1]}, larger than the one '
                             f'before it, {lower[0]} x {lower[1]}; the maps must go from low to high: name the '
                             "segmentor's encoder_stages, or set the loss's stages")


def mean_squared_error(current: Tensor, target: Tensor, valid: Tensor | None) -> Tensor:
    if valid is None:
        return F.mse_loss(current, target)
    counts = valid_at(valid, current.shape[2:], neighbors=True)
    return ((current - target).square() * counts).sum() / counts.sum().clamp(min=1)


@MODELS.register_module()
class FeatureGradientLoss(UnsupervisedLoss):
    """Feature gradient map regularization, FGMR: :func:`feature_gradient_loss` as a component.

    Args:
        accumulate: 'exclusive' (default) or 'inclusive' (as printed in the paper).
        stages: indices of the encoder stages to use, two or more, from 0, low to high; default all.
        loss_weight: default 1.
        loss_name: default 'loss_feature_gradient'.

    Raises:
        ValueError: an option out of its range; in training, an encoder without such a stage, or whose maps do not
            go from low to high.
    """

    loss_name = 'loss_feature_gradient'
    variance_grad = False

    def __init__(self, accumulate: str = 'exclusive', stages: Sequence[int] | None = None,
                 loss_weight: float = 1., loss_name: str | None = None) -> None:
        super().__init__(loss_weight, loss_name)
        check_choice('FeatureGradientLoss', 'accumulate', accumulate, ACCUMULATE)
        if stages is not None and (len(stages) < 2 or stages[0] < 0 or list(stages) != sorted(set(stages))):
            raise ValueError(f'FeatureGradientLoss: stages={stages}, must be two indices or more, low to high')
        self.accumulate = accumulate
        self.stages = stages

    def forward(self, predictions: SemiPredictions) -> Tensor:
        features = predictions.features
        count = len(features)
        if count < 2:
            warnings.warn('FeatureGradientLoss: the encoder has a single map, and no lower one to draw it to: the loss '
                          "is 0; give the backbone more out_indices, name the segmentor's encoder_stages, or leave "
                          'this loss out', stacklevel=2)
        if self.stages is not None:
            if self.stages[-1] >= count:
                raise ValueError(f'FeatureGradientLoss: stages={self.stages}, the encoder has {count} maps')
            features = (features.pick(self.stages) if isinstance(features, MapsOfImages) else
                        [features[i] for i in self.stages])
        return feature_gradient_loss(features, self.accumulate, predictions.valid)
