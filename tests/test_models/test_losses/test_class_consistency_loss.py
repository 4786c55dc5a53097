# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Eq. 9 against an independent reference in numpy, the gradient, and the edges."""
import numpy as np
import pytest
import torch

from mmseg_entmin.models.losses import ClassConsistencyLoss, class_consistency_loss
from mmseg_entmin.models.predictions import SemiPredictions


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
def test_equals_reference(activation, num_classes, scale, threshold):
    seg, cls = inputs(num_classes, scale)
    loss = class_consistency_loss(seg, cls, threshold, activation)
    assert loss.item() == pytest.approx(reference(seg, cls, threshold, activation), abs=1e-5)


@pytest.mark.parametrize('value', [0., 7., -1e4])
def test_constant_logits_put_no_class_below_the_threshold(value):
    seg, cls = torch.full((2, 3, 4, 4), value), torch.full((2, 3), value)
    assert class_consistency_loss(seg, cls).item() == reference(seg, cls) == 0


def test_no_class_below_the_threshold_is_zero_with_a_finite_gradient():
    seg, cls = (x.requires_grad_() for x in inputs())
    loss = class_consistency_loss(seg, cls, threshold=0.)
    loss.backward()
    assert loss.item() == 0 and not seg.grad.any() and not cls.grad.any()


@pytest.mark.parametrize('detach', [False, True])
def test_gradient_reaches_both_unless_the_classification_is_detached(detach):
    seg, cls = (x.requires_grad_() for x in inputs())
    ClassConsistencyLoss(detach_classification=detach)(
        SemiPredictions((seg, ), [seg], (seg, seg), cls, cls, 'softmax')).backward()
    assert seg.grad.any() and (cls.grad is None) == detach and (detach or cls.grad.any())


def test_gradient_suppresses_the_absent_class():
    """A step down the gradient segments less of the class that the classification holds absent."""
    seg, cls = torch.zeros(1, 3, 4, 4, requires_grad=True), torch.tensor([[2., 2., -2.]])
    class_consistency_loss(seg, cls).backward()
    assert (seg.grad[:, 2] > 0).all() and (seg.grad[:, :2] < 0).all()


@pytest.mark.parametrize('activation', ['softmax', 'sigmoid'])
def test_gradcheck_in_float64(activation):
    seg, cls = (x.double().requires_grad_() for x in inputs(n=2))
    assert torch.autograd.gradcheck(lambda s, c: class_consistency_loss(s, c, 0.5, activation), (seg, cls))


def test_empty_batch_and_component():
    seg, cls = (x.requires_grad_() for x in inputs(n=0))
    loss = class_consistency_loss(seg, cls)
    loss.backward()
    assert loss.item() == 0
    seg, cls = inputs()
    for activation in ('softmax', 'sigmoid'):
        predictions = SemiPredictions((seg, ), [seg], (seg, seg), cls, cls, activation)
        assert torch.equal(ClassConsistencyLoss(0.3)(predictions), class_consistency_loss(seg, cls, 0.3, activation))
    with pytest.raises(ValueError, match='threshold=1.5'):
        ClassConsistencyLoss(threshold=1.5)
    with pytest.raises(ValueError, match="activation='relu'"):
        class_consistency_loss(seg, cls, activation='relu')
