# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Image-level mean and variance, targets from the map, and the two activations."""
import pytest
import torch
import torch.nn.functional as F

from mmseg_entmin.models.cls_heads.uncertainty_cls_head import UncertaintyClsHead, class_presence, window_means
from mmseg_entmin.models.uncertainty import sample_logits
from tests.tiny import build, sample


def head(**options) -> UncertaintyClsHead:
    return build(dict(type='UncertaintyClsHead', in_channels=6, num_classes=4, **options))


def of_classes(*classes, ignored=()):
    """A sample whose label map has these classes."""
    values = torch.tensor([*classes, *ignored])
    return sample(labels=values[torch.arange(32 * 32) % len(values)].view(1, 32, 32))


SAMPLES = (of_classes(0, 2), of_classes(1, ignored=[255]), of_classes(0, 1, 2, 3))
PRESENCE = torch.tensor([[1., 0, 1, 0], [0, 1, 0, 0], [1, 1, 1, 1]])


def test_presence_ignores_the_ignore_index():
    assert torch.equal(class_presence(SAMPLES, 4), PRESENCE)
    assert torch.equal(class_presence(SAMPLES, 4, ignore_index=0)[0], torch.tensor([0., 0, 1, 0]))


def test_reads_the_last_map():
    model = head()
    last = torch.randn(3, 6, 5, 5)
    mean, variance = model([torch.randn(3, 2, 9, 9), last])
    assert torch.allclose(mean, model.conv_mean(last).mean((2, 3))) and mean.shape == variance.shape == (3, 4)
    assert (variance > 0).all()


@pytest.mark.filterwarnings('ignore::torch.jit.TracerWarning')
def test_the_means_can_be_traced():
    x = torch.randn(3, 6, 5, 5)
    assert torch.equal(torch.jit.trace(lambda x: window_means(x, 3), x)(x), window_means(x, 3))


def test_a_large_map_does_not_overflow_in_half_precision():
    model, last = head(), 100 * torch.rand(3, 6, 64, 64)  # whose sums are above 65504
    expected = model.conv_mean(last).mean((2, 3))
    with torch.autocast('cpu', torch.float16):
        mean, variance = model([last])
    assert torch.allclose(mean.float(), expected, rtol=0.01, atol=0.01) and variance.isfinite().all()


def loss_and_sample(num_samples, activation):
    """The loss of a mean and a variance, and the logits that were drawn for it."""
    model, mean, variance = head(num_samples=num_samples, activation=activation), torch.randn(3, 4), torch.rand(3, 4)
    torch.manual_seed(1)
    loss = model.loss_by_feat(mean, variance, SAMPLES)['loss']
    torch.manual_seed(1)
    return loss, sample_logits(mean, variance, num_samples, activation)


@pytest.mark.parametrize('num_samples', [1, 3])
def test_softmax_loss_is_cross_entropy_of_the_sample_with_normalized_presence(num_samples):
    loss, logits = loss_and_sample(num_samples, 'softmax')
    target = PRESENCE / PRESENCE.sum(1, keepdim=True)
    assert torch.allclose(loss, -(target * logits.log_softmax(1)).sum(1).mean())


@pytest.mark.parametrize('num_samples', [1, 3])
def test_sigmoid_loss_is_binary_cross_entropy_of_the_sample_summed_over_classes(num_samples):
    loss, logits = loss_and_sample(num_samples, 'sigmoid')
    assert torch.allclose(loss, F.binary_cross_entropy_with_logits(logits, PRESENCE, reduction='sum') / 3)


@pytest.mark.parametrize('activation', ['softmax', 'sigmoid'])
@pytest.mark.parametrize('num_samples', [1, 3])
@pytest.mark.parametrize('kernel_size', [1, 3])
def test_both_convolutions_learn(activation, num_samples, kernel_size):
    model = head(activation=activation, num_samples=num_samples, kernel_size=kernel_size)
    model.loss_by_feat(*model([torch.randn(3, 6, 5, 5)]), SAMPLES)['loss'].backward()
    assert all(p.grad.abs().sum() > 0 and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize('activation', ['softmax', 'sigmoid'])
def test_an_image_without_a_labeled_pixel_adds_zero(activation):
    model, features = head(activation=activation), torch.randn(1, 6, 5, 5, requires_grad=True)
    loss = model.loss_by_feat(*model([features]), [of_classes(ignored=[255])])['loss']
    loss.backward()
    assert loss.item() == 0 and not features.grad.any()


def test_loss_weight_scales_the_loss():
    mean, variance = torch.randn(3, 4), torch.full((3, 4), 1e-12)
    full, half = (head(loss_weight=w).loss_by_feat(mean, variance, SAMPLES)['loss'].item() for w in (1., 0.5))
    assert half == pytest.approx(full / 2, abs=1e-4)


@pytest.mark.parametrize('options, message', [
    (dict(activation='tanh'), "activation='tanh'.*'softmax', 'sigmoid'"), (dict(kernel_size=4), 'kernel_size=4'),
    (dict(num_samples=0), 'num_samples=0'), (dict(variance='abs'), "variance='abs'")
])
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        head(**options)


@pytest.mark.parametrize('activation, mean, share', [
    ('softmax', [[0., 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], 0.),  # 1 / 4 each: not below
    ('softmax', [[9., 0, 0, 0], [9, 0, 0, 0], [9, 0, 0, 0]], 5 / 7),  # class 2; class 1; classes 1, 2, 3
    ('sigmoid', [[0., 0, -2, 0], [0, -2, 0, 0], [0, 0, 0, 0]], 2 / 7),
    ('sigmoid', [[-1., 0, -1, 0], [0, -1, 0, 0], [0, 0, 0, 0]], 0.)])  # 0.27
def test_the_share_of_present_classes_that_are_missed(activation, mean, share):
    mean = torch.tensor(mean, requires_grad=True)
    losses = head(activation=activation).loss_by_feat(mean, torch.ones(3, 4), SAMPLES)
    assert losses['miss_rate'].item() == pytest.approx(share) and not losses['miss_rate'].requires_grad
    assert losses['called_absent'] is losses['miss_rate'], 'its name of 0.x'
    nothing = of_classes(255)
    assert head().loss_by_feat(mean[:1], torch.ones(1, 4), [nothing])['miss_rate'] == 0
