# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Gradients of very sure predictions: no subnormal numbers, and otherwise what autograd finds."""
import pytest
import torch

from mmseg_entmin.models.losses.adaptive_sharpening_loss import adaptive_sharpening_loss
from mmseg_entmin.models.losses.class_consistency_loss import class_consistency_loss
from mmseg_entmin.models.losses.entropy_loss import entropy_loss
from mmseg_entmin.models.softmax_statistics import softmax_backward

LOSSES = dict(
    sharpening=lambda x: adaptive_sharpening_loss(x, torch.full_like(x, 0.1)),
    fixed_temperature=lambda x: adaptive_sharpening_loss(x, temperature=0.5),
    class_consistency=lambda x: class_consistency_loss(x, x.detach().mean((2, 3)) - 20 * torch.arange(6)),
    entropy=entropy_loss)


@pytest.mark.parametrize('name', LOSSES)
def test_no_entry_of_a_gradient_is_subnormal(name):
    torch.manual_seed(0)
    logits = (torch.randn(2, 6, 16, 16) * 40).requires_grad_()
    grad, = torch.autograd.grad(LOSSES[name](logits), logits)
    smallest = torch.finfo(grad.dtype).tiny
    assert (grad != 0).any() and not ((grad != 0) & (grad.abs() < smallest)).any()
    double = logits.detach().double().requires_grad_()
    expected, = torch.autograd.grad(LOSSES[name](double), double)
    assert torch.allclose(grad, expected.float(), rtol=1e-4, atol=1e-9)


def test_what_counts_stays():
    """Entries of 1e-30 are kept; the plain product has subnormal ones, which is what is tested."""
    probs, grad = (torch.randn(4, 5, 8, 8) * 30).softmax(1), torch.randn(4, 5, 8, 8)
    plain = probs * (grad - (probs * grad).sum(1, keepdim=True))
    result = softmax_backward(probs.clone(), grad)
    assert ((plain != 0) & (plain.abs() < torch.finfo(plain.dtype).tiny)).any()
    kept = plain.abs() > 1e-30
    assert torch.equal(result[kept], plain[kept]) and (result[plain.abs() < 1e-32] == 0).all()
