# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The fused losses equal their definitions, hold no copies of the logits, and never wait for the device."""
import itertools

import pytest
import torch
from mmengine.structures import PixelData
from torch.autograd import gradcheck

from benchmarks.cost.allocator import allocated
from mmseg_entmin.models.losses import (
    AdaptiveSharpeningLoss,
    ClassConsistencyLoss,
    EntropyLoss,
    FeatureGradientLoss,
    adaptive_sharpening_loss,
    fused,
    gradient_map,
)
from mmseg_entmin.models.losses.predictions import MapsOfImages
from tests.loss_forms import FORMS, predictions
from tests.synchronisation import NoSynchronisation
from tests.tiny import batch, build, unet_cfg


@pytest.fixture(params=[7, 100, 2**17])
def block(request, monkeypatch):
    """Elements of a block: less than a row, part of an image, several images."""
    monkeypatch.setattr(fused, 'CPU_BLOCK', request.param)


@pytest.mark.parametrize('shape', [(3, 5, 7, 4), (2, 1, 1, 9), (1, 40, 2, 1), (0, 3, 4, 5)])
@pytest.mark.parametrize('dim', [1, 2])
def test_blocks_cover_every_element_once(block, shape, dim):
    count = torch.zeros(shape)
    for index in fused.blocks(count, dim):
        count[index] += 1
        assert count[index].numel() <= max(fused.CPU_BLOCK, count[0].numel() // shape[dim])
    assert (count == 1).all()


# Each loss with the options that change what it computes; the functions get the logits or the encoder's maps.
LOSSES = {
    'adaptive': ('sharpening', lambda loss, x, var, cls, valid: loss(x, var, valid=valid)),
    'adaptive, T >= 0.5': ('sharpening', lambda loss, x, var, cls, valid: loss(x, var, None, 0.5, valid=valid)),
    'constant confidence': ('sharpening', lambda loss, x, var, cls, valid: loss(
        x * 0 + x[:, :, :1, :1], var[:, :, :1, :1].expand_as(var), valid=valid)),
    'fixed temperature': ('sharpening', lambda loss, x, var, cls, valid: loss(x, None, 0.5, valid=valid)),
    'softmax': ('consistency', lambda loss, x, var, cls, valid: loss(x, cls, valid=valid)),
    'sigmoid': ('consistency', lambda loss, x, var, cls, valid: loss(x, cls, 0.5, 'sigmoid', valid=valid)),
    'entropy': ('entropy', lambda loss, x, var, cls, valid: loss(x, valid=valid)),
    'entropy in nats': ('entropy', lambda loss, x, var, cls, valid: loss(x, False, valid=valid)),
    'exclusive': ('feature_gradient', lambda loss, x, var, cls, valid: loss([var, x], valid=valid)),
    'inclusive': ('feature_gradient', lambda loss, x, var, cls, valid: loss([var, x], 'inclusive', valid)),
}
# One pixel, one row, one column, an odd size, many classes.
SHAPES = ((2, 3, 1, 1), (1, 4, 1, 5), (3, 2, 4, 1), (2, 5, 7, 6), (1, 21, 5, 4))
MASKS = dict(all=None, some=lambda n, h, w: torch.rand(n, 1, h, w) < 0.7,
             none=lambda n, h, w: torch.zeros(n, 1, h, w, dtype=torch.bool))


def value_and_gradients(name: str, form: int, inputs, valid):
    """Of the plain form, 0, or the fused one, 1, with respect to the logits or maps and the class logits."""
    kind, call = LOSSES[name]
    leaves = [x.detach().clone().requires_grad_() for x in inputs]
    value = call(FORMS[kind][form], *leaves, valid)
    (3 * value).backward()
    return [value.detach(), *(leaf.grad for leaf in leaves)]


def random_inputs(shape, dtype=torch.double):
    n, c, h, w = shape
    return [(3 * torch.randn(shape)).to(dtype), (torch.rand(shape) + 0.1).to(dtype), torch.randn(n, c).to(dtype)]


def assert_equal(name, inputs, valid, **tolerance):
    plain, ours = (value_and_gradients(name, form, inputs, valid) for form in (0, 1))
    for expected, result in itertools.zip_longest(plain, ours):
        assert (expected is None) == (result is None)
        if expected is not None:
            assert expected.dtype == result.dtype and torch.allclose(result, expected, **tolerance)
    return ours


@pytest.mark.parametrize('mask', MASKS)
@pytest.mark.parametrize('name', LOSSES)
def test_equals_the_definition_in_float64(block, name, mask):
    for shape in SHAPES:
        valid = MASKS[mask] and MASKS[mask](shape[0], *shape[2:])
        assert_equal(name, random_inputs(shape), valid, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize('mask', ['all', 'some'])
@pytest.mark.parametrize('name', LOSSES)
def test_equals_the_definition_in_float32_of_any_memory_format(name, mask):
    shape = (2, 5, 7, 6)
    for memory_format in (torch.contiguous_format, torch.channels_last):
        inputs = random_inputs(shape, torch.float32)
        inputs[0] = inputs[0].to(memory_format=memory_format)
        valid = MASKS[mask] and MASKS[mask](2, 7, 6)
        _, grad, *_ = assert_equal(name, inputs, valid, rtol=1e-4, atol=1e-6)
        assert grad.any() or name == 'constant confidence', 'gradients of 0 would be equal whatever the form'


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize('name', LOSSES)
def test_equals_the_definition_under_autocast(name, dtype):
    """Both compute in float32, whatever the type of the input; the gradient has the type of the input."""
    inputs = random_inputs((2, 5, 7, 6), dtype)
    with torch.autocast('cpu', torch.bfloat16):
        value, *_ = value_and_gradients(name, 1, inputs, None)
        assert_equal(name, inputs, None, rtol=2e-2, atol=1e-3 if dtype != torch.float32 else 1e-6)
    assert value.dtype == torch.float32
    expected, *_ = value_and_gradients(name, 0, [x.double() for x in inputs], None)
    assert torch.allclose(value.double(), expected, rtol=1e-4)


@pytest.mark.parametrize('shape', [(2, 3, 5, 6), (1, 4, 1, 5), (1, 2, 4, 1), (2, 2, 2, 2), (1, 1, 1, 1)])
def test_gradient_map(block, shape):
    x = torch.randn(shape, dtype=torch.double, requires_grad=True)
    weight = torch.rand_like(x[:, :1])
    ours, plain = fused.gradient_map(x), gradient_map(x)
    assert torch.allclose(ours, plain, rtol=1e-10, atol=1e-14)
    grads = [torch.autograd.grad((weight * value).sum(), x)[0] for value in (ours, plain)]
    assert torch.allclose(*grads, rtol=1e-10, atol=1e-14)


def test_gradients_by_differences(block):
    x = torch.randn(2, 2, 3, 2).double().requires_grad_()
    assert gradcheck(fused.gradient_map, x)
    assert gradcheck(lambda x: fused.softmax_statistics(x).mean, x)
    assert gradcheck(fused.entropy, x)


def test_statistics_are_of_the_softmax():
    logits, valid = torch.randn(2, 3, 6, 8), torch.rand(2, 1, 6, 8) < 0.6
    probs = logits.softmax(1)
    statistics = fused.softmax_statistics(logits, valid)
    assert torch.allclose(statistics.confidence, probs.amax(1, keepdim=True))
    assert torch.equal(statistics.predicted, probs.argmax(1, keepdim=True))
    expected = torch.stack([p[:, v[0]].mean(dim=1) for p, v in zip(probs, valid)])
    assert torch.allclose(statistics.mean, expected, atol=1e-6)


def test_maps_of_some_images_are_as_these_images_alone(block):
    maps = [torch.randn(4, 3 + j, *size).double().requires_grad_() for j, size in enumerate([(9, 8), (5, 4), (3, 2)])]
    for images in (slice(1, None, 2), slice(2, None)):
        loss, expected = (FeatureGradientLoss()(predictions(features=features)) for features in (
            MapsOfImages(maps, images), [m[images] for m in maps]))
        assert torch.allclose(loss, expected)
        grads = [torch.autograd.grad(value, maps, allow_unused=True) for value in (loss, expected)]
        assert all(torch.allclose(a, b) for a, b in zip(*grads))


@pytest.mark.parametrize('name', ['adaptive', 'fixed temperature', 'softmax', 'entropy'])
def test_gradients_of_very_confident_predictions_have_no_subnormal_numbers(name):
    torch.manual_seed(0)
    logits, var, _ = random_inputs((2, 6, 16, 16), torch.float32)
    inputs = [logits * 13, var * 0 + 0.1, logits.mean((2, 3)) - 20 * torch.arange(6)]
    _, grad, *_ = value_and_gradients(name, 1, inputs, None)
    assert (grad != 0).any() and not ((grad != 0) & (grad.abs() < torch.finfo(grad.dtype).tiny)).any()
    _, expected, *_ = value_and_gradients(name, 0, [x.double() for x in inputs], None)
    assert torch.allclose(grad, expected.float(), rtol=1e-4, atol=1e-9)


def test_entries_of_a_gradient_that_count_stay():
    """Entries of 1e-30 are kept; the plain product has subnormal ones, so that the test can fail."""
    probs, grad = (torch.randn(4, 5, 8, 8) * 30).softmax(1), torch.randn(4, 5, 8, 8)
    plain = probs * (grad - (probs * grad).sum(1, keepdim=True))
    result = fused.softmax_backward(probs.clone(), grad)
    assert ((plain != 0) & (plain.abs() < torch.finfo(plain.dtype).tiny)).any()
    kept = plain.abs() > 1e-30
    assert torch.equal(result[kept], plain[kept]) and (result[plain.abs() < 1e-32] == 0).all()


def copies_of_the_logits(losses, num_classes=150, size=(100, 8)) -> float:
    """Peak of what the losses allocate, forward and backward, the gradient itself included, in copies of the logits."""
    mean = torch.randn(1, num_classes, *size, requires_grad=True)
    var, cls_mean = torch.rand(1, num_classes, *size), torch.randn(1, num_classes, requires_grad=True)
    outputs = predictions(mean, var, cls_mean)
    peak, _ = allocated(lambda: sum(loss(outputs) for loss in losses).backward())
    assert mean.grad.abs().sum() > 0
    return peak / (mean.numel() * mean.element_size())


def test_the_losses_hold_less_than_three_copies_of_the_logits_with_the_gradient(monkeypatch):
    """The gradient itself is one; two losses whose gradients are summed make it two."""
    monkeypatch.setattr(fused, 'CPU_BLOCK', 2**11)
    assert 1 <= copies_of_the_logits([AdaptiveSharpeningLoss()]) < 1.1
    assert 1 <= copies_of_the_logits([EntropyLoss()]) < 1.1
    assert copies_of_the_logits([AdaptiveSharpeningLoss(), ClassConsistencyLoss()]) <= 2.1


def test_the_measurement_counts_the_copies_of_a_definition():
    assert copies_of_the_logits([lambda p: adaptive_sharpening_loss(p.seg_mean, p.seg_var)]) > 4


def test_no_full_map_of_a_stage_is_kept():
    feature = torch.randn(2, 64, 64, 64, requires_grad=True)
    copy = feature.numel() * 4
    _, kept = allocated(lambda: fused.gradient_map(feature))
    assert kept <= copy / 32
    peak, _ = allocated(lambda: fused.gradient_map(feature).sum().backward())
    assert peak < 3 * copy  # the gradient is one, the temporaries of a block of half an image the rest


@pytest.mark.parametrize('empty', [False, True])
@pytest.mark.parametrize('counts', [(2, 2), (2, 3)])
@pytest.mark.parametrize('kind', ['EntMin', 'EntMinConsistency'])
def test_a_training_step_never_waits_for_the_device(kind, counts, empty, monkeypatch):
    options = {}
    if kind == 'EntMinConsistency':
        options = dict(data_preprocessor=dict(
            type='SegDataPreProcessor', mean=[127.] * 3, std=[60.] * 3, size=(32, 32)),
            labeled_boxes=dict(prob=1.), labeled_classes=dict())
    model = build(dict(unet_cfg(**options), type=kind)).train()
    if kind == 'EntMinConsistency':  # its chances are drawn on the host, from the host's generator
        monkeypatch.setattr(model.views.photometric, 'forward', lambda images, *_: images)
    images, samples = batch(*counts)
    if empty:
        samples[-1].valid_pixels = PixelData(data=torch.rand(1, 32, 32) < 0.9)
    model.loss(images, samples)
    with NoSynchronisation():
        losses = model.loss(images, samples)
        sum(value for name, value in losses.items() if 'loss' in name).backward()


def test_the_watch_sees_operations_that_wait():
    x = torch.randn(4)
    for wait in (lambda: x.sum().item(), lambda: x[x > 0], lambda: x.nonzero(), lambda: bool(x.any())):
        with pytest.raises(AssertionError, match='waits for the device'), NoSynchronisation():
            wait()
