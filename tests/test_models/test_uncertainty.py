# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Sampling of Gaussian logits (Eq. 2)."""
import pytest
import torch
import torch.nn.functional as F

from mmseg_entmin.models.uncertainty import positive_variance, sample_logits
from tests.tiny import CE, build, sample

HEADS = {
    'segmentation': dict(type='UncertaintyHead', head=dict(
        type='FCNHead', in_channels=6, in_index=0, channels=5, num_convs=1, num_classes=3, dropout_ratio=0,
        loss_decode=CE)),
    'classification': dict(type='UncertaintyClsHead', in_channels=6, num_classes=3)
}


@pytest.mark.parametrize('form', ['softplus', 'exp'])
@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_variance_is_positive_and_wide(form, dtype):
    raw = torch.tensor([-80., -1., 0., 1., 20.]).to(dtype)
    variance = positive_variance(raw, form)
    assert (variance > 0).all() and variance.isfinite().all()
    assert variance.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    assert (variance.diff() >= 0).all()


@pytest.mark.parametrize('form, by_hand', [
    ('softplus', lambda raw: raw.exp().log1p() + 1e-6), ('exp', lambda raw: raw.clamp(-20, 11).exp())],
    ids=['softplus', 'exp'])
def test_variance_by_hand(form, by_hand):
    raw = torch.tensor([-30., -20., -1., 0., 1., 11., 12., 30.], dtype=torch.double)
    assert torch.allclose(positive_variance(raw, form), by_hand(raw), rtol=1e-6, atol=0)


@pytest.mark.parametrize('name', HEADS)
def test_a_heads_variance_has_the_form_that_it_is_told(name):
    softplus, exp = (build(dict(HEADS[name], variance=form)) for form in ('softplus', 'exp'))
    exp.load_state_dict(softplus.state_dict())
    maps = [torch.randn(2, 6, 8, 8)]
    assert torch.allclose(softplus(maps)[1], exp(maps)[1].log1p() + 1e-6)


def test_the_segmentation_head_takes_as_many_samples_as_it_is_told():
    head = build(dict(HEADS['segmentation'], num_samples=3))
    mean, variance, one = torch.randn(1, 3, 8, 8), torch.rand(1, 3, 8, 8), sample((8, 8))
    torch.manual_seed(1)
    loss = head.loss_by_feat((mean, variance), [one])['loss_ce']
    torch.manual_seed(1)
    assert torch.allclose(loss, F.cross_entropy(sample_logits(mean, variance, 3), one.gt_sem_seg.data))


def test_one_sample_has_the_given_moments():
    mean, variance = torch.tensor([[1., -2.]]).expand(100_000, 2), torch.tensor([[4., 0.25]]).expand(100_000, 2)
    z = sample_logits(mean, variance)
    assert torch.allclose(z.mean(0), mean[0], atol=0.03)
    assert torch.allclose(z.var(0), variance[0], rtol=0.03)


@pytest.mark.parametrize('activation', ['softmax', 'sigmoid'])
def test_several_samples_average_the_probabilities(activation):
    """Replay the same noise: the logits' activation is the mean of the samples' activations."""
    mean, variance, target = torch.randn(5, 3), torch.rand(5, 3), torch.tensor([0, 1, 2, 0, 1])
    torch.manual_seed(1)
    logits = sample_logits(mean, variance, 4, activation)
    torch.manual_seed(1)
    samples = torch.stack([mean + torch.randn_like(mean) * variance.sqrt() for _ in range(4)])
    if activation == 'softmax':
        probs = samples.softmax(-1).mean(0)
        assert torch.allclose(F.cross_entropy(logits, target), -probs[range(5), target].log().mean(), atol=1e-5)
    else:
        assert torch.allclose(logits.sigmoid(), samples.sigmoid().mean(0), atol=1e-5)


@pytest.mark.parametrize('activation', ['softmax', 'sigmoid'])
@pytest.mark.parametrize('num_samples', [1, 3])
def test_extreme_logits_stay_finite(activation, num_samples):
    mean = torch.tensor([[1e4, -1e4, 0.], [-1e4, -1e4, -1e4]], requires_grad=True)
    variance = torch.full((2, 3), 1e-6, requires_grad=True)
    logits = sample_logits(mean, variance, num_samples, activation)
    F.cross_entropy(logits, torch.tensor([1, 2])).backward()
    assert logits.isfinite().all() and mean.grad.isfinite().all() and variance.grad.isfinite().all()
