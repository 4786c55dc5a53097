# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Mask and loss by hand, the constants for two and more classes, and the teacher's stochastic passes."""
import math

import pytest
import torch
from torch import nn

from tests.peers import peer
from tests.tiny import batch, sample


@pytest.mark.parametrize('released', [False, True])
@pytest.mark.parametrize('num_classes', [2, 4])
def test_loss_over_the_certain_pixels(num_classes, released):
    model = peer('UAMT', num_classes, released_constants=released, unsup_weight=1., threshold_iters=0)
    constant = 2 if released else num_classes
    entropy = torch.rand(2, 1, 32, 32) * 2 * math.log(constant)
    target = torch.rand(2, num_classes, 32, 32).softmax(1)
    model.uncertainty, model.teacher_probs = lambda images: entropy, lambda images: target
    model.eval()
    images, samples = batch(num_classes=num_classes)
    losses = model.loss(images, samples)
    mask = (entropy < math.log(constant)).double()
    squared = (model.segment(images[2:]).softmax(1) - target).square().double() * mask
    assert losses['unsup.loss_consistency'].item() == pytest.approx(
        (squared.sum() / (constant * mask.sum())).item(), rel=1e-5)
    assert losses['unsup.selected'].item() == pytest.approx(mask.mean().item())
    assert 0.3 < mask.mean() < 0.7


def test_no_certain_pixel_adds_zero():
    model = peer('UAMT')
    model.uncertainty = lambda images: torch.full((2, 1, 32, 32), 9.)
    losses = model.loss(*batch())
    assert losses['unsup.loss_consistency'] == losses['unsup.selected'] == 0


def test_the_share_is_of_the_pixels_that_are_no_padding():
    model = peer('UAMT')
    model.uncertainty = lambda images: torch.zeros(2, 1, 32, 32)
    images, samples = batch(2, 0)
    samples += [sample((20, 24), labeled=False), sample(labeled=False)]
    assert model.loss(torch.cat([images, images]), samples)['unsup.selected'] == 1


def test_the_threshold_rises_from_three_quarters_to_the_largest_entropy():
    model = peer('UAMT', threshold_iters=4)
    shares = [model.threshold().item() / math.log(3) for _ in range(6)]
    assert shares == pytest.approx([0.75 + 0.25 * math.exp(-5 * (1 - min(t, 4) / 4)**2) for t in range(6)])
    assert model.state_dict()['threshold_ramp.step'] == 6


def test_uncertainty_is_the_entropy_of_the_mean_of_passes_that_differ():
    model = peer('UAMT', num_passes=5)
    calls = []

    def teach(images):
        calls.append(torch.rand(2, 3, 8, 8).softmax(1))
        return calls[-1]

    model.teacher_probs = teach
    uncertainty = model.uncertainty(torch.zeros(2, 3, 8, 8))
    mean = torch.stack(calls).mean(0)
    assert len(calls) == 5 and not uncertainty.requires_grad
    assert torch.allclose(uncertainty, -(mean * (mean + 1e-6).log()).sum(1, keepdim=True))
    model = peer('UAMT')
    images = torch.randn(2, 3, 32, 32)
    assert not torch.equal(model.uncertainty(images), model.uncertainty(images))  # the noise


def test_dropout_is_on_in_the_stochastic_passes_alone_and_batch_norm_never():
    head = peer('UAMT').decode_head
    model = peer('UAMT', decode_head=dict(
        type='FCNHead', in_channels=4, in_index=3, channels=4, num_convs=1, concat_input=False, num_classes=3,
        dropout_ratio=0.5), noise=dict(std=0.))
    images = torch.randn(2, 3, 32, 32)
    assert head.dropout is None and not torch.equal(model.uncertainty(images), model.uncertainty(images))
    assert torch.equal(model.teacher_probs(images), model.teacher_probs(images))
    modes = []
    model.teacher.forward = lambda x: (modes.append({type(m): m.training for m in model.teacher.modules()}), x)[1]
    model.uncertainty(images)
    assert all(mode[nn.Dropout2d] and not mode[nn.BatchNorm2d] for mode in modes)
    assert len(modes) == model.num_passes
    assert not any(m.training for m in model.teacher.modules())


def test_a_teacher_in_training_mode_has_batch_statistics_in_every_pass_and_moves_none():
    model = peer('UAMT', training_teacher=True, noise=dict(std=0.))
    images = torch.randn(2, 3, 32, 32)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    assert not torch.allclose(model.teacher_probs(images), peer('UAMT', noise=dict(std=0.)).teacher_probs(images))
    alone, other = model.teacher_probs(images), model.teacher_probs(torch.cat([images, 9 * images]))[:2]
    assert not torch.allclose(alone, other)  # the statistics are the batch's
    model.uncertainty(images)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    assert not any(m.training for m in model.teacher.modules())


def test_no_pass_is_refused():
    with pytest.raises(ValueError, match='UAMT: num_passes=0, must be at least 1'):
        peer('UAMT', num_passes=0)
