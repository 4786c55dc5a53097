# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The loss by hand, Lee's weight, and the threshold."""
import pytest
import torch

from tests.peers import peer
from tests.tiny import batch


def test_cross_entropy_with_the_own_hard_labels():
    model = peer('PseudoLabel', threshold=0., unsup_weight=2.).eval()
    images, samples = batch()
    expected = -2 * model.segment(images[2:]).log_softmax(1).amax(1).mean()
    losses = model.loss(images, samples)
    assert torch.allclose(losses['unsup.loss_pseudo_label'], expected)
    assert 'unsup.selected' not in losses


def test_the_weight_is_zero_until_t1_and_three_from_t2_on():
    model = peer('PseudoLabel', ramp_up=dict(begin=2, iters=2, form='linear'))
    weights = [model.loss(*batch())['unsup.weight'].item() for _ in range(6)]
    assert weights == pytest.approx([0., 0., 0., 1.5, 3., 3.])


def test_a_pixel_under_the_threshold_is_left_out():
    model = peer('PseudoLabel', threshold=0.9, unsup_weight=1.)
    logits = torch.zeros(2, 3, 32, 32, requires_grad=True)
    shift = torch.zeros_like(logits)
    shift[:, 1, :8] = 5.
    model.segment = lambda images: logits + shift
    losses = model.loss(*batch())
    assert losses['unsup.selected'] == 0.25
    losses['unsup.loss_pseudo_label'].backward()
    assert logits.grad[:, :, :8].abs().sum() > 0 and logits.grad[:, :, 8:].abs().sum() == 0
