# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Memory-saving forms of the losses: what training runs.

The files beside this one define the losses in plain PyTorch, for which autograd keeps several tensors of the size of
the logits or of a map. Here value and gradient, which are the same, are computed block by block from the input alone.
"""
from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..logits import at_least_float32

# Elements of a block, at most: on a CPU, to fit into a core's cache (0.5 MiB of float32); on a GPU (64 MiB), for few
# blocks, since each of them launches some hundred kernels.
CPU_BLOCK, GPU_BLOCK = 2**17, 2**24
EPS = 32e-12  # of the gradients' p^2 + q^2, which is 32 times the squared magnitude

Block = tuple[slice, ...]


def blocks(x: Tensor, dim: int) -> Iterator[Block]:
    """Indices of the blocks of a map (N, C, h, w): whole images where one fits, else slices along ``dim``, 1 or 2."""
    limit = CPU_BLOCK if x.device.type == 'cpu' else GPU_BLOCK
    of_one_image = max(1, x.shape[1:].numel())
    images = max(1, limit // of_one_image)
    step = x.shape[dim] if of_one_image <= limit else max(1, limit * x.shape[dim] // of_one_image)
    for first in range(0, len(x), images):
        for start in range(0, x.shape[dim], step):
            yield slice(first, first + images), *[slice(None)] * (dim - 1), slice(start, start + step)


# Losses of the logits: softmax over the classes.


class SoftmaxStatistics(NamedTuple):
    """What the losses need to know about p = softmax(mu) for logits mu (N, C, h, w), in float32 or wider."""

    mean: Tensor  # p averaged over the valid pixels of each image, (N, C); its gradient reaches mu
    confidence: Tensor  # max_c p, (N, 1, h, w), without a gradient
    predicted: Tensor  # argmax_c p, (N, 1, h, w), int64


def softmax_statistics(logits: Tensor, valid: Tensor | None = None) -> SoftmaxStatistics:
    """Statistics of the softmax of logits (N, C, h, w); the mean of an image without a ``valid`` pixel is 0."""
    return SoftmaxStatistics(*_SoftmaxStatistics.apply(logits, valid))


class _SoftmaxStatistics(torch.autograd.Function):

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
            mean[block[0]] += _masked(probs, valid, block).sum(dim=(2, 3))
        ctx.save_for_backward(logits, valid)
        ctx.mark_non_differentiable(confidence, predicted)
        ctx.set_materialize_grads(False)
        return mean / _pixels_of_each_image(logits, valid), confidence, predicted

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_mean, _confidence, _predicted):
        if grad_mean is None:
            return None, None
        logits, valid = ctx.saved_tensors
        grad = torch.empty_like(logits)
        weight = (grad_mean / _pixels_of_each_image(logits, valid))[:, :, None, None]
        for block in blocks(logits, dim=2):
            probs = at_least_float32(logits[block]).softmax(dim=1)
            grad[block] = _masked(softmax_backward(probs, weight[block[0]]), valid, block)
        return grad, None


def sharpening_loss(logits: Tensor, temperature: Tensor | float, valid: Tensor | None = None) -> Tensor:
    """``adaptive_sharpening_loss`` for logits (N, C, h, w) with the temperature (N, 1, h, w), or one for all pixels."""
    fixed, adaptive = (None, temperature) if isinstance(temperature, Tensor) else (temperature, None)

    def value(x: Tensor, t: Tensor | None) -> Tensor:
        target = (x / (fixed if t is None else t)).softmax(dim=1)
        return (x.softmax(dim=1) - target).square_()

    def gradient(x: Tensor, t: Tensor | None, weight: Tensor) -> Tensor:
        probs, target = x.softmax(dim=1), (x / (fixed if t is None else t)).softmax(dim=1)
        return softmax_backward(probs, target.neg_().add_(probs).mul_(2 * weight))

    return _MeanOverPixels.apply(logits, adaptive, valid, value, gradient)


def entropy(logits: Tensor, valid: Tensor | None = None) -> Tensor:
    """``entropy_loss`` without normalization, in nats, for logits (N, C, h, w)."""
    def value(x: Tensor, _: None) -> Tensor:
        log_probs = x.log_softmax(dim=1)
        return log_probs.exp().mul_(log_probs).neg_()

    def gradient(x: Tensor, _: None, weight: Tensor) -> Tensor:
        log_probs = x.log_softmax(dim=1)  # the derivative of p ln p is ln p + 1; the 1 cancels in the softmax
        return softmax_backward(log_probs.exp(), log_probs.mul_(-weight))

    return _MeanOverPixels.apply(logits, None, valid, value, gradient)


class _MeanOverPixels(torch.autograd.Function):
    """Mean over the valid pixels of a function of the logits and another map, by its value and weighted gradient."""

    @staticmethod
    def forward(ctx, logits: Tensor, other: Tensor | None, valid: Tensor | None, value, gradient) -> Tensor:
        ctx.save_for_backward(logits, other, valid)
        ctx.gradient = gradient
        total = _zero(logits)
        for block in blocks(logits, dim=2):
            x = at_least_float32(logits[block])
            total += _masked(value(x, None if other is None else other[block]), valid, block).sum()
        return total / _pixels(logits, valid)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad_mean: Tensor):
        logits, other, valid = ctx.saved_tensors
        grad = torch.empty_like(logits)
        weight = grad_mean / _pixels(logits, valid)
        for block in blocks(logits, dim=2):
            x = at_least_float32(logits[block])
            grad[block] = _masked(ctx.gradient(x, None if other is None else other[block], weight), valid, block)
        return grad, None, None, None, None


def softmax_backward(probs: Tensor, grad: Tensor) -> Tensor:
    """Gradient of the logits, p (g - sum_c g p), from that of their softmax p (dimension 1). Overwrites ``probs``."""
    inner = (probs * grad).sum(dim=1, keepdim=True)
    grad = probs.mul_(grad - inner)
    if grad.device.type != 'cpu':
        return grad
    # 1e-31 in float32 is too small to matter in any sum; subnormal numbers make a CPU's convolutions slow
    limits = torch.finfo(grad.dtype)
    return F.hardshrink(grad, limits.tiny / limits.eps)


def _zero(x: Tensor) -> Tensor:
    """A scalar 0 on the device of x, in float32 or wider."""
    return x.new_zeros((), dtype=at_least_float32(x[:0]).dtype)


def _masked(x: Tensor, valid: Tensor | None, block: Block) -> Tensor:
    """A block of a map (N, C, h, w), set to 0 in place where ``valid`` (N, 1, h, w) is False."""
    return x if valid is None else x.mul_(valid[block])


def _pixels(logits: Tensor, valid: Tensor | None) -> int | Tensor:
    """Number of valid pixels in all images, at least 1."""
    return max(1, len(logits) * logits.shape[2:].numel()) if valid is None else valid.sum().clamp(min=1)


def _pixels_of_each_image(logits: Tensor, valid: Tensor | None) -> int | Tensor:
    """Number of valid pixels of each image, at least 1: (N, 1), or the one number of all pixels."""
    return logits.shape[2:].numel() if valid is None else valid.sum(dim=(2, 3)).clamp(min=1)


# Gradients of feature maps.


def gradient_map(feature: Tensor, images: slice = slice(None)) -> Tensor:
    """``gradient_map`` of some ``images`` of maps (N, C, h, w); the backward pass makes no copy of the batch's size."""
    return _GradientMap.apply(feature, images)


class _GradientMap(torch.autograd.Function):
    """Both Sobel kernels are differences of 2 x 2 sums u: gx = p + q and gy = p - q, with the diagonal differences
    p = u[1, 1] - u[0, 0] and q = u[0, 1] - u[1, 0]. Hence gx^2 + gy^2 = 2 (p^2 + q^2), in half of the operations."""

    @staticmethod
    def forward(ctx, feature: Tensor, images: slice) -> Tensor:
        ctx.save_for_backward(feature)
        ctx.images = images
        feature = feature[images]
        n, c, h, w = feature.shape
        out = feature.new_zeros(n, 1, h, w, dtype=at_least_float32(feature[:0]).dtype)
        eps = out.new_full((), EPS)
        for block in blocks(feature, dim=1):
            p, q = _diagonal_differences(at_least_float32(feature[block]))
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
        eps = grad_map.new_full((), EPS)
        for block in blocks(feature, dim=1):
            p, q = _diagonal_differences(at_least_float32(feature[block]))
            scale = torch.addcmul(eps, p, p).addcmul_(q, q).rsqrt_().mul_(grad_map[block[0]])
            grad_sums = p.new_zeros(*p.shape[:2], p.shape[2] + 1, p.shape[3] + 1)
            torch.mul(p, scale, out=grad_sums[:, :, 1:, 1:])
            grad_sums[:, :, :-1, :-1].addcmul_(p, scale, value=-1)
            grad_sums[:, :, :-1, 1:].addcmul_(q, scale)
            grad_sums[:, :, 1:, :-1].addcmul_(q, scale, value=-1)
            del p, q, scale  # keeps few tensors of a block alive at a time
            grad[block] = _pair_sums_backward(_pair_sums_backward(grad_sums, 3), 2)
        return grad_batch, None


def zero_with_gradient(x: Tensor) -> Tensor:
    """A scalar 0 that gives x, and the layers below it, the gradient 0 for which data-parallel training waits."""
    return _ZeroWithGradient.apply(x)


class _ZeroWithGradient(torch.autograd.Function):

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        ctx.shape = x.shape
        return _zero(x)

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        return torch.zeros_like(grad).expand(ctx.shape)


def _diagonal_differences(x: Tensor) -> tuple[Tensor, Tensor]:
    """p and q of ``_GradientMap``, each with the shape of x (N, C, h, w)."""
    sums = _pair_sums(_pair_sums(x, 2), 3)
    return sums[:, :, 1:, 1:] - sums[:, :, :-1, :-1], sums[:, :, :-1, 1:] - sums[:, :, 1:, :-1]


def _pair_sums(x: Tensor, dim: int) -> Tensor:
    """Sums of neighbors along a dimension with replicated borders: n inputs give n + 1 outputs."""
    size = x.shape[dim]
    out = x.new_empty(*x.shape[:dim], size + 1, *x.shape[dim + 1:])
    torch.add(x.narrow(dim, 0, size - 1), x.narrow(dim, 1, size - 1), out=out.narrow(dim, 1, size - 1))
    for place, border in ((0, 0), (size, size - 1)):
        torch.mul(x.narrow(dim, border, 1), 2, out=out.narrow(dim, place, 1))
    return out


def _pair_sums_backward(grad: Tensor, dim: int) -> Tensor:
    """Gradient of the n inputs of ``_pair_sums`` from that of its n + 1 outputs."""
    size = grad.shape[dim] - 1
    out = grad.narrow(dim, 0, size) + grad.narrow(dim, 1, size)
    for place, border in ((0, 0), (size - 1, size)):
        out.narrow(dim, place, 1).add_(grad.narrow(dim, border, 1))
    return out
