# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Eq. 9 against an independent reference in numpy, the gradient, and the edges."""
import numpy as np
import pytest
import torch

from mmseg_entmin.models.losses import ClassConsistencyLoss, class_consistency_loss
from tests.loss_forms import both_forms


def reference(seg, cls, threshold=None, activation='softmax'):
    """Image by image, class by class, float64."""
    seg, cls = np.asarray(seg, np.float64), np.asarray(cls, np.float64)
    num_classes = cls.shape[1]
    beta = 1 / num_classes if threshold is None else threshold
    total = 0.
    for image_logits, class_logits in zip(seg, cls):
        p_s = np.exp(image_logits - image_logits.max(0))
        p_s /= p_s.sum(0)
        if activation == 'softmax':
            p_c = np.exp(class_logits - class_logits.max())
            p_c /= p_c.sum()
        else:
            p_c = 0.5 * (1 + np.tanh(class_logits / 2))
        absent = [c for c in range(num_classes) if p_c[c] < beta]
        if absent:
            total += sum(p_c[c] * p_s[c].mean() for c in absent) / len(absent)
    return total / len(cls)


def inputs(num_classes=3, scale=1., n=3):
    return torch.randn(n, num_classes, 5, 6) * scale, torch.randn(n, num_classes) * scale


@pytest.mark.parametrize('activation', ['softmax', 'sigmoid'])
@pytest.mark.parametrize('num_classes', [2, 3, 21, 150])
@pytest.mark.parametrize('scale', [0.1, 1., 1e4])
@pytest.mark.parametrize('threshold', [None, 0.4])
@both_forms('consistency')
def test_equals_reference(loss, activation, num_classes, scale, threshold):
    seg, cls = inputs(num_classes, scale)
    value = loss(seg, cls, threshold, activation)
    assert value.item() == pytest.approx(reference(seg, cls, threshold, activation), abs=1e-5)


@pytest.mark.parametrize('value', [0., 7., -1e4])
@both_forms('consistency')
def test_constant_logits_put_no_class_below_the_threshold(loss, value):
    seg, cls = torch.full((2, 3, 4, 4), value), torch.full((2, 3), value)
    assert loss(seg, cls).item() == reference(seg, cls) == 0


@both_forms('consistency')
def test_no_class_below_the_threshold_is_zero_with_a_finite_gradient(loss):
    seg, cls = (x.requires_grad_() for x in inputs())
    value = loss(seg, cls, threshold=0.)
    value.backward()
    assert value.item() == 0 and not seg.grad.any() and not cls.grad.any()


@pytest.mark.parametrize('detach', [False, True])
@both_forms('consistency')
def test_gradient_reaches_both_unless_the_classification_is_detached(loss, detach):
    seg, cls = (x.requires_grad_() for x in inputs())
    loss(seg, cls, detach_classification=detach).backward()
    assert seg.grad.any() and (cls.grad is None) == detach and (detach or cls.grad.any())


@both_forms('consistency')
def test_gradient_suppresses_the_absent_class(loss):
    """A step down the gradient segments less of the class that the classification predicts to be absent."""
    seg, cls = torch.zeros(1, 3, 4, 4, requires_grad=True), torch.tensor([[2., 2., -2.]])
    loss(seg, cls).backward()
    assert (seg.grad[:, 2] > 0).all() and (seg.grad[:, :2] < 0).all()


@pytest.mark.parametrize('activation', ['softmax', 'sigmoid'])
def test_gradcheck_in_float64(activation):
    """Of the definition; the fused form has its gradients, see test_fused.py."""
    seg, cls = (x[..., :3].double().requires_grad_() for x in inputs(n=2))
    assert torch.autograd.gradcheck(lambda s, c: class_consistency_loss(s, c, 0.5, activation), (seg, cls))


@both_forms('consistency')
def test_an_empty_batch_adds_zero(loss):
    seg, cls = (x.requires_grad_() for x in inputs(n=0))
    value = loss(seg, cls)
    value.backward()
    assert value.item() == 0 and seg.grad.shape == seg.shape and cls.grad.shape == cls.shape


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match='ClassConsistencyLoss: threshold=1.5, must be in 0..1, or None'):
        ClassConsistencyLoss(threshold=1.5)
    with pytest.raises(ValueError, match="activation='relu'"):
        class_consistency_loss(*inputs(), activation='relu')
