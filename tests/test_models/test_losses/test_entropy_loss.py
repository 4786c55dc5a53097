# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The entropy against an independent reference in numpy, its gradient, and its edges."""
import math

import numpy as np
import pytest
import torch

from mmseg_entmin.models.losses import EntropyLoss, entropy_loss
from mmseg_entmin.models.losses.predictions import SemiPredictions
from tests.loss_forms import both_forms


def reference(logits, normalize=True):
    """Pixel by pixel, float64; 0 ln 0 = 0."""
    total, (n, c, h, w) = 0., logits.shape
    for image in np.asarray(logits, np.float64):
        for pixel in image.reshape(c, -1).T:
            p = np.exp(pixel - pixel.max())
            p /= p.sum()
            total -= sum(x * math.log(x) for x in p if x > 0)
    return total / (n * h * w) / (math.log(c) if normalize else 1)


def inputs(num_classes=3, scale=1., n=2, h=5, w=6):
    return torch.randn(n, num_classes, h, w) * scale


@pytest.mark.parametrize('num_classes', [2, 3, 21, 150])
@pytest.mark.parametrize('scale', [0.1, 1., 10., 1e4])
@pytest.mark.parametrize('normalize', [True, False])
@both_forms('entropy')
def test_equals_reference(loss, num_classes, scale, normalize):
    mean = inputs(num_classes, scale)
    assert loss(mean, normalize).item() == pytest.approx(reference(mean.numpy(), normalize), abs=1e-5)


@pytest.mark.parametrize('value', [0., 7., -1e4])
@pytest.mark.parametrize('num_classes', [2, 5])
@both_forms('entropy')
def test_uniform_predictions_have_the_largest_entropy(loss, value, num_classes):
    mean = torch.full((2, num_classes, 4, 4), value)
    assert loss(mean).item() == pytest.approx(1, abs=1e-6)
    assert loss(mean, normalize=False).item() == pytest.approx(math.log(num_classes), abs=1e-6)
    assert loss(mean + torch.randn_like(mean)).item() < 1


@both_forms('entropy')
def test_one_hot_predictions_have_none(loss):
    one_hot = torch.nn.functional.one_hot(torch.randint(4, (2, 5, 6)), 4).permute(0, 3, 1, 2).float()
    assert loss(200 * one_hot).item() == 0 < loss(5 * one_hot).item()


@both_forms('entropy')
def test_extreme_logits_of_both_signs_are_finite_with_their_gradients(loss):
    mean = torch.where(torch.rand(2, 4, 5, 6) < 0.5, 1e4, -1e4).requires_grad_()
    value = loss(mean)
    value.backward()
    assert value.item() == pytest.approx(reference(mean.detach().numpy()), abs=1e-5) and value.item() > 0
    assert mean.grad.isfinite().all()


@both_forms('entropy')
def test_a_step_down_the_gradient_makes_the_prediction_more_confident(loss):
    mean = inputs().requires_grad_()
    loss(mean).backward()
    confidence = lambda x: x.softmax(1).amax(1).mean()  # noqa: E731
    assert confidence(mean - 10 * mean.grad) > confidence(mean)


@pytest.mark.parametrize('normalize', [True, False])
@both_forms('entropy')
def test_gradcheck_in_float64(loss, normalize):
    mean = inputs(h=2, w=3).double().requires_grad_()
    assert loss(mean).dtype == torch.float64
    assert torch.autograd.gradcheck(lambda x: loss(x, normalize), mean)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@both_forms('entropy')
def test_half_inputs_are_computed_in_float32(loss, dtype):
    mean = inputs(scale=3.).to(dtype)
    value = loss(mean)
    assert value.dtype == torch.float32
    assert value.item() == pytest.approx(reference(mean.float().numpy()), abs=1e-5)


@both_forms('entropy')
def test_an_empty_batch_adds_zero_with_a_gradient(loss):
    mean = inputs(n=0).requires_grad_()
    value = loss(mean)
    value.backward()
    assert value.item() == 0 and mean.grad.shape == mean.shape


def test_component_reads_the_mean_of_the_segmentation_and_nothing_else():
    mean, *others = tensors = [inputs().requires_grad_() for _ in range(4)] + [
        torch.randn(2, 3, requires_grad=True) for _ in range(2)]
    features, decoder_inputs, var, cls_mean, cls_var = others
    predictions = SemiPredictions((features, ), [decoder_inputs], (mean, var), cls_mean, cls_var, 'softmax')
    loss = EntropyLoss()(predictions)
    loss.backward()
    assert torch.allclose(loss, entropy_loss(mean))
    assert [x.grad is not None for x in tensors] == [True] + [False] * 5 and mean.grad.abs().sum() > 0
    assert torch.allclose(EntropyLoss(normalize=False)(predictions), entropy_loss(mean, normalize=False))


def test_options():
    assert EntropyLoss().loss_name == 'loss_entropy' and EntropyLoss(loss_weight=0.3).loss_weight == 0.3
    with pytest.raises(ValueError, match='EntropyLoss: loss_weight=-1'):
        EntropyLoss(loss_weight=-1)
    with pytest.raises(ValueError, match="loss_name='entropy'"):
        EntropyLoss(loss_name='entropy')
