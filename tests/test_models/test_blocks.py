# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Losses worked through in blocks equal their plain forms, hold no copies of the logits, never wait for the device."""
import pytest
import torch
import torch.nn.functional as F
from mmengine.structures import PixelData
from torch.autograd import gradcheck

from benchmarks.cost.allocator import allocated
from mmseg_entmin.models import blocks as blocks_module
from mmseg_entmin.models.blocks import blocks
from mmseg_entmin.models.losses import (
    AdaptiveSharpeningLoss,
    ClassConsistencyLoss,
    EntropyLoss,
    adaptive_sharpening_loss,
    adaptive_temperature,
    class_consistency_loss,
    entropy_loss,
    feature_gradient_loss,
    gradient_map,
)
from mmseg_entmin.models.predictions import MapsOfImages, SemiPredictions
from mmseg_entmin.models.softmax_statistics import softmax_statistics
from tests.synchronisation import NoSynchronisation
from tests.tiny import batch, build, unet_cfg


def plain_map(x):
    """Sobel by convolutions, everything kept."""
    kernel = torch.tensor([[-1., 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=x.dtype) / 8
    flat = F.pad(x, (1, 1, 1, 1), mode='replicate').flatten(0, 1)[:, None]
    gx, gy = (F.conv2d(flat, k[None, None])[:, 0].view_as(x) for k in (kernel, kernel.T))
    return (gx.square() + gy.square() + 1e-12).sqrt().mean(dim=1, keepdim=True)


def plain_sharpening(mean, var, temperature=None):
    probs = mean.softmax(dim=1)
    with torch.no_grad():
        t = adaptive_temperature(probs, var) if temperature is None else temperature
        target = (mean / t).softmax(dim=1)
    return (probs - target).square().sum(dim=1).mean()


def plain_consistency(mean, cls_mean):
    p = cls_mean.softmax(dim=1)
    absent = (p < 1 / p.shape[1]).to(p.dtype)
    seg = mean.softmax(dim=1).mean(dim=(2, 3))
    return ((absent * p * seg).sum(dim=1) / absent.sum(dim=1).clamp(min=1)).mean()


@pytest.fixture(params=[7, 100, 2**17])
def block(request, monkeypatch):
    """Elements of a block: less than a row, part of an image, several images."""
    monkeypatch.setattr(blocks_module, 'CPU_BLOCK', request.param)


@pytest.mark.parametrize('shape', [(3, 5, 7, 4), (2, 1, 1, 9), (1, 40, 2, 1)])
@pytest.mark.parametrize('dim', [1, 2])
def test_blocks_cover_every_element_once(block, shape, dim):
    count = torch.zeros(shape)
    for index in blocks(count, dim):
        count[index] += 1
        assert count[index].numel() <= max(blocks_module.CPU_BLOCK, count[0].numel() // shape[dim])
    assert (count == 1).all()


def same(ours, plain, *inputs):
    """Value and gradients, in float64."""
    results = []
    for function in (ours, plain):
        copies = [x.double().clone().requires_grad_() for x in inputs]
        value = function(*copies)
        (3 * value).sum().backward()
        results.append([value, *(x.grad for x in copies if x.grad is not None)])
    assert len(results[0]) == len(results[1])
    assert all(torch.allclose(a, b, rtol=1e-10, atol=1e-14) for a, b in zip(*results))


@pytest.mark.parametrize('shape', [(2, 3, 5, 6), (1, 4, 1, 5), (1, 2, 4, 1), (2, 2, 2, 2), (1, 1, 1, 1)])
def test_gradient_map(block, shape):
    same(gradient_map, plain_map, torch.randn(shape))


@pytest.mark.parametrize('num_classes', [2, 21])
@pytest.mark.parametrize('temperature', [None, 0.5])
def test_sharpening(block, num_classes, temperature):
    mean, var = torch.randn(3, num_classes, 5, 4) * 3, torch.rand(3, num_classes, 5, 4) + 0.1
    same(lambda m: adaptive_sharpening_loss(m, var.double(), temperature),
         lambda m: plain_sharpening(m, var.double(), temperature), mean)


def test_class_consistency(block):
    same(class_consistency_loss, plain_consistency, torch.randn(3, 6, 5, 4) * 3, torch.randn(3, 6))


def test_entropy(block):
    same(lambda x: entropy_loss(x, False), lambda x: -(x.softmax(1) * x.log_softmax(1)).sum(1).mean(),
         torch.randn(3, 6, 5, 4) * 3)


def test_gradients_by_differences(block):
    x = torch.randn(2, 3, 4, 3).double().requires_grad_()
    assert gradcheck(gradient_map, x)
    assert gradcheck(lambda x: softmax_statistics(x).mean, x)
    assert gradcheck(lambda x: entropy_loss(x), x)


def test_a_part_of_the_images_is_as_the_part_alone(block):
    maps = [torch.randn(4, 3 + j, *size).double().requires_grad_() for j, size in enumerate([(9, 8), (5, 4), (3, 2)])]
    for images in (slice(1, None, 2), slice(2, None)):
        loss = feature_gradient_loss(MapsOfImages(maps, images))
        expected = feature_gradient_loss([m[images] for m in maps])
        assert torch.allclose(loss, expected)
        grads = [torch.autograd.grad(value, maps, allow_unused=True) for value in (loss, expected)]
        assert all(torch.allclose(a, b) for a, b in zip(*grads))


@pytest.mark.parametrize('memory_format', [torch.contiguous_format, torch.channels_last])
def test_memory_format_and_half_precision_do_not_matter(memory_format):
    mean, var, cls_mean = torch.randn(2, 5, 6, 4), torch.rand(2, 5, 6, 4), torch.randn(2, 5)
    for dtype in (torch.float32, torch.bfloat16):
        x = mean.to(dtype).clone().to(memory_format=memory_format).detach().requires_grad_()
        loss = adaptive_sharpening_loss(x, var) + class_consistency_loss(x, cls_mean)
        loss.backward()
        assert loss.dtype == torch.float32 and x.grad.dtype == dtype
        y = x.detach().float().clone().requires_grad_()
        expected = plain_sharpening(y, var) + plain_consistency(y, cls_mean)
        expected.backward()
        assert torch.allclose(loss, expected)
        assert torch.allclose(x.grad.float(), y.grad, rtol=1e-2, atol=1e-5)


def copies_of_the_logits(losses, num_classes=150, size=128, images=1) -> float:
    """Peak of what the losses allocate, forward and backward, the gradient itself included, in copies of the logits."""
    mean = torch.randn(images, num_classes, size, size, requires_grad=True)
    var = torch.rand(images, num_classes, size, size)
    cls_mean = torch.randn(images, num_classes, requires_grad=True)
    predictions = SemiPredictions((), [], (mean, var), cls_mean, cls_mean.exp(), 'softmax')
    peak, _ = allocated(lambda: sum(loss(predictions) for loss in losses).backward())
    assert mean.grad.abs().sum() > 0
    return peak / (mean.numel() * mean.element_size())


def test_the_losses_hold_less_than_three_copies_of_the_logits_with_the_gradient(monkeypatch):
    """The gradient itself is one; two losses whose gradients are summed make it two."""
    monkeypatch.setattr(blocks_module, 'CPU_BLOCK', 2**14)
    paper = copies_of_the_logits([AdaptiveSharpeningLoss(), ClassConsistencyLoss()])
    assert 1 <= copies_of_the_logits([AdaptiveSharpeningLoss()]) < 1.1
    assert 1 <= copies_of_the_logits([EntropyLoss()]) < 1.1
    assert paper <= 2.1


def test_the_watch_counts_what_a_plain_form_holds():
    assert copies_of_the_logits([lambda p: plain_sharpening(p.seg_mean, p.seg_var)]) > 4


def test_no_full_map_of_a_stage_is_kept():
    feature = torch.randn(2, 64, 64, 64, requires_grad=True)
    copy = feature.numel() * 4
    _, kept = allocated(lambda: gradient_map(feature))
    assert kept <= copy / 32
    peak, _ = allocated(lambda: gradient_map(feature).sum().backward())
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
        monkeypatch.setattr(model.strong_view, 'forward', lambda images, *_: images)
    images, samples = batch(*counts)
    if empty:
        samples[-1].valid_pixels = PixelData(data=torch.rand(1, 32, 32) < 0.9)
    model.loss(images, samples)
    with NoSynchronisation():
        losses = model.loss(images, samples)
        sum(value for name, value in losses.items() if 'loss' in name).backward()


def test_the_watch_sees_what_waits():
    x = torch.randn(4)
    for wait in (lambda: x.sum().item(), lambda: x[x > 0], lambda: x.nonzero(), lambda: bool(x.any())):
        with pytest.raises(AssertionError, match='waits for the device'), NoSynchronisation():
            wait()
