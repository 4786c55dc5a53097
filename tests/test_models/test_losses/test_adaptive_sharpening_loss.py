# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Eq. 5 to 8 against an independent reference in numpy, the gradient, and the edges."""
import numpy as np
import pytest
import torch

from mmseg_entmin.models.losses import AdaptiveSharpeningLoss, adaptive_sharpening_loss, adaptive_temperature
from tests.loss_forms import both_forms, fused_sharpening


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def reference(mean, var, temperature=None, min_temperature=0.01):
    """Image by image, pixel by pixel, float64."""
    mean = np.asarray(mean, np.float64)
    n, num_classes, h, w = mean.shape
    total = 0.
    for image in range(n):
        logits = mean[image].reshape(num_classes, -1)
        p = softmax(logits, 0)
        if temperature is None:
            v = np.asarray(var[image], np.float64).reshape(num_classes, -1)
            best = p.argmax(0)
            c = p.max(0) + v[best, np.arange(h * w)]
            spread = c.max() - c.min()
            t = np.ones_like(c) if spread == 0 else np.maximum((c - c.min()) / spread, min_temperature)
        else:
            t = np.full(h * w, temperature)
        for i in range(h * w):
            total += ((p[:, i] - softmax(logits[:, i] / t[i], 0))**2).sum()
    return total / (n * h * w)


def inputs(num_classes=3, scale=1., n=2, h=5, w=6):
    return torch.randn(n, num_classes, h, w) * scale, torch.rand(n, num_classes, h, w) + 1e-6


@pytest.mark.parametrize('num_classes', [2, 3, 21, 150])
@pytest.mark.parametrize('scale', [0.1, 1., 10., 1e4])
@pytest.mark.parametrize('temperature', [None, 0.5])
@both_forms('sharpening')
def test_equals_reference(loss, num_classes, scale, temperature):
    mean, var = inputs(num_classes, scale)
    value = loss(mean, var, temperature)
    assert value.item() == pytest.approx(reference(mean.numpy(), var.numpy(), temperature), abs=1e-5)
    assert value.isfinite()


@both_forms('sharpening')
def test_extreme_logits_of_both_signs(loss):
    mean, var = inputs(4)
    mean = torch.where(torch.rand_like(mean) < 0.5, 1e4, -1e4)
    value = loss(mean.requires_grad_(), var)
    value.backward()
    assert value.item() == pytest.approx(reference(mean.detach().numpy(), var.numpy()), abs=1e-5)
    assert mean.grad.isfinite().all()


@pytest.mark.parametrize('value', [0., 7., -1e4])
@both_forms('sharpening')
def test_constant_inputs_are_not_sharpened(loss, value):
    """c is constant over the image: T = 1, not 0 / 0."""
    mean, var = torch.full((2, 3, 4, 4), value), torch.full((2, 3, 4, 4), 0.3)
    assert (adaptive_temperature(mean.softmax(1), var) == 1).all()
    assert loss(mean, var).item() == pytest.approx(reference(mean, var), abs=1e-5) == 0


def test_temperature_follows_confidence_and_variance():
    """The least confident pixel is sharpened most; variance of the predicted class reduces it, of others not."""
    mean, var = torch.zeros(1, 3, 1, 4), torch.full((1, 3, 1, 4), 0.1)
    mean[0, 0, 0] = torch.tensor([1., 2., 3., 4.])
    low_to_high = adaptive_temperature(mean.softmax(1), var)[0, 0, 0]
    assert low_to_high[0] == pytest.approx(0.01) and low_to_high[-1] == 1
    assert (low_to_high.diff() > 0).all()
    var[0, 0, 0, 1] += 0.2
    assert adaptive_temperature(mean.softmax(1), var)[0, 0, 0, 1] > low_to_high[1]
    var[0, 0, 0, 1] -= 0.2
    var[0, 1:, 0, 1] += 0.2
    assert adaptive_temperature(mean.softmax(1), var)[0, 0, 0, 1] == low_to_high[1]


def test_each_image_has_its_own_range():
    mean, var = inputs(n=2)
    both = adaptive_temperature(mean.softmax(1), var)
    alone = adaptive_temperature(mean[:1].softmax(1), var[:1])
    assert torch.equal(both[:1], alone)


@both_forms('sharpening')
def test_gradient_reaches_the_mean_through_p_alone(loss):
    mean, var = inputs()
    mean.requires_grad_()
    var.requires_grad_()
    loss(mean, var).backward()
    assert mean.grad.abs().sum() > 0 and mean.grad.isfinite().all()
    assert var.grad is None
    p = mean.detach().softmax(1).requires_grad_()
    with torch.no_grad():
        q = (mean / adaptive_temperature(p, var)).softmax(1)
    free = mean.detach().clone().requires_grad_()
    (free.softmax(1) - q).square().sum(1).mean().backward()
    assert torch.allclose(mean.grad, free.grad)


@both_forms('sharpening')
def test_gradcheck_in_float64(loss):
    mean, var = (x.double() for x in inputs(h=3, w=3))
    probs = mean.softmax(1)
    target = (mean / adaptive_temperature(probs, var)).softmax(1)
    mean.requires_grad_()
    loss(mean, var).backward()
    numeric = torch.autograd.functional.jacobian(
        lambda x: (x.softmax(1) - target).square().sum(1).mean(), mean.detach())
    assert torch.allclose(mean.grad, numeric)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@both_forms('sharpening')
def test_half_inputs_are_computed_in_float32(loss, dtype):
    mean, var = (x.to(dtype) for x in inputs(scale=100.))
    value = loss(mean, var)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(reference(mean.float().numpy(), var.float().numpy()), abs=1e-5)


@both_forms('sharpening')
def test_an_empty_batch_adds_zero(loss):
    mean, var = inputs(n=0)
    value = loss(mean.requires_grad_(), var)
    value.backward()
    assert value.item() == 0 and mean.grad.shape == mean.shape


def test_options_of_the_component():
    mean, var = inputs()
    assert fused_sharpening(mean, var, min_temperature=0.9).item() == pytest.approx(
        adaptive_sharpening_loss(mean, var, min_temperature=0.9).item())
    with pytest.raises(ValueError, match='AdaptiveSharpeningLoss: temperature=0, must be above 0, or None'):
        AdaptiveSharpeningLoss(temperature=0)
    for wrong in (2, 0):
        with pytest.raises(ValueError, match=f'min_temperature={wrong}, must be in 0..1, 0 excluded'):
            AdaptiveSharpeningLoss(min_temperature=wrong)


def test_the_adaptive_temperature_needs_a_variance():
    mean = torch.randn(1, 3, 4, 4)
    assert adaptive_sharpening_loss(mean, temperature=0.5) > 0
    with pytest.raises(ValueError, match='needs seg_var'):
        adaptive_sharpening_loss(mean)
