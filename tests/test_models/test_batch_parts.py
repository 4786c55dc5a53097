# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One forward of labeled and unlabeled images equals two: outputs, gradients, running statistics."""
import copy
from contextlib import nullcontext

import pytest
import torch
from torch import nn

from mmseg_entmin.models.batch_norm import BatchParts, keep_running_statistics
from tests.tiny import batch, build, unet_cfg


def network(momentum=0.3, norm=nn.BatchNorm2d) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), norm(4, momentum=momentum), nn.ReLU(inplace=True),
                         nn.Sequential(nn.Conv2d(4, 5, 1), norm(5, affine=False))).double()


def compare(model, sizes, memory_format=torch.contiguous_format, steps=2, updating=slice(None)):
    """Two copies of a network, one sees the parts one after the other."""
    together = copy.deepcopy(model).to(memory_format=memory_format)
    parts = BatchParts(updating=updating)
    parts.attach(together)
    for _ in range(steps):
        images = [torch.randn(size, 3, 6, 5).double() * (k + 1) + k for k, size in enumerate(sizes)]
        weights = [torch.randn(size, 5, 6, 5).double() for size in sizes]
        parts.begin(sizes)
        out = together(parts.join([x.contiguous(memory_format=memory_format) for x in images]))
        parts.update_running_statistics()
        sum((o * w).sum() for o, w in zip(parts.split(out), weights)).backward()
        expected = []
        for place, x in enumerate(images):
            with nullcontext() if place in range(len(sizes))[updating] else keep_running_statistics(model):
                expected.append(model(x))
        sum((o * w).sum() for o, w in zip(expected, weights)).backward()
        assert all(torch.allclose(a, b) for a, b in zip(parts.split(out), expected))
        assert all(torch.allclose(out[where], b) for where, b in zip(parts.slices(), expected))
    for (name, a), b in zip(model.named_parameters(), together.parameters()):
        assert not a.requires_grad or torch.allclose(a.grad, b.grad), name
    for name, buffer in model.named_buffers():
        assert torch.allclose(buffer, together.get_buffer(name)), name
    return together, parts


@pytest.mark.parametrize('sizes', [(4, 4), (1, 1), (2, 5), (3, 1), (2, 2, 2)])
@pytest.mark.parametrize('momentum', [0.3, None])
@pytest.mark.parametrize('memory_format', [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize('updating', [slice(None), slice(1), slice(1, None)])
def test_one_forward_equals_one_for_each_part(sizes, momentum, memory_format, updating):
    compare(network(momentum), sizes, memory_format, updating=updating)


def test_a_batch_norm_that_is_used_twice_is_updated_twice_by_each_part():
    norm = nn.BatchNorm2d(5, momentum=0.3)
    compare(nn.Sequential(nn.Conv2d(3, 5, 1), norm, nn.ReLU(), norm).double(), (4, 4))


def test_each_part_passes_through_the_forward_of_syncbn(monkeypatch):
    """SyncBN's own forward includes the other ranks' images of this part in the statistics."""
    seen, forward = [], nn.SyncBatchNorm.forward
    monkeypatch.setattr(nn.SyncBatchNorm, 'forward', lambda self, x: (seen.append(len(x)), forward(self, x))[1])
    norm, parts = nn.SyncBatchNorm(3), BatchParts()
    parts.attach(norm)
    parts.begin((2, 2))
    norm(torch.randn(4, 3, 6, 5))
    assert seen == [2, 2]


@pytest.mark.parametrize('sizes', [(2, 2), (2, 3)])
def test_the_first_parts_alone_can_update_the_running_statistics(sizes):
    """The comparison above would not notice it if both sides were updated by all parts."""
    parts = BatchParts(updating=slice(1))
    norm, alone = nn.BatchNorm2d(3), nn.BatchNorm2d(3)
    parts.attach(norm)
    images = [torch.randn(size, 3, 6, 5) + 10 * k for k, size in enumerate(sizes)]
    for _ in range(3):
        parts.begin(sizes)
        norm(parts.join(images))
        parts.update_running_statistics()
        alone(images[0])
    assert all(torch.allclose(value, alone.state_dict()[name]) for name, value in norm.state_dict().items())


def test_frozen_affine_parameters_and_another_number_of_parts():
    """The copies that are kept from step to step follow their sources."""
    model = network()
    model[1].requires_grad_(False)
    together, parts = compare(model, (2, 2))
    for sizes in ((2, 2), (2, 2, 2), (2, 3), (1, 1)):
        with torch.no_grad():
            for tensor in together.state_dict().values():
                if tensor.is_floating_point():
                    tensor.copy_(torch.rand_like(tensor) + 0.5)
        model.load_state_dict(together.state_dict())
        images = [torch.randn(size, 3, 6, 5).double() for size in sizes]
        parts.begin(sizes)
        out = parts.split(together(parts.join(images)))
        parts.update_running_statistics()
        assert all(torch.allclose(a, model(b)) for a, b in zip(out, images))
        assert all(torch.allclose(value, together.state_dict()[name]) for name, value in model.state_dict().items())


def test_running_statistics_depend_on_the_order_of_the_parts():
    """The last part counts most, so the comparison above would notice a wrong order."""
    moved = []
    for order in ((0, 1), (1, 0)):
        torch.manual_seed(0)
        images = [torch.randn(2, 3, 6, 5) + 10 * k for k in range(2)]
        norm = nn.BatchNorm2d(3)
        parts = BatchParts()
        parts.attach(norm)
        parts.begin((2, 2))
        norm(parts.join([images[k] for k in order]))
        parts.update_running_statistics()
        moved.append(norm.running_mean)
    assert (moved[0] > moved[1]).all()


def test_evaluation_and_views_that_update_no_statistics():
    model = compare(network(), (2, 2))[0].eval()
    images = torch.randn(3, 3, 6, 5).double()
    assert torch.equal(model(images), model(images))
    model.train()
    before = copy.deepcopy(model.state_dict())
    with keep_running_statistics(model):
        model(torch.randn(4, 3, 6, 5).double())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_another_number_of_maps_is_refused():
    with pytest.raises(ValueError, match="got 6 maps for 4 images.*model.forward_mode='two'"):
        compare(network(), (2, 2))[0](torch.randn(6, 3, 6, 5).double())


@pytest.mark.parametrize('counts', [(2, 2), (2, 3)])
@pytest.mark.parametrize('options', [
    {}, dict(unsupervised_losses=[dict(type='EntropyLoss')]), dict(running_statistics='labeled'),
    dict(running_statistics='unlabeled')])
def test_a_segmentor_in_one_forward_equals_two(counts, options):
    models = [build(unet_cfg(forward_mode=mode, **options)).train().double() for mode in ('one', 'two')]
    models[1].load_state_dict(models[0].state_dict())
    images, samples = batch(*counts)
    results = []
    for model in models:
        model.decode_head.head.dropout = None
        for _ in range(2):
            torch.manual_seed(0)
            losses = model.loss(images.double(), samples)
            model.parse_losses(losses)[0].backward()
        results.append(losses)
    assert all(torch.allclose(results[0][name], value) for name, value in results[1].items())
    for (name, a), b in zip(models[0].named_parameters(), models[1].parameters()):
        assert torch.allclose(a.grad, b.grad), name
    for name, buffer in models[0].named_buffers():
        assert torch.allclose(buffer.double(), models[1].get_buffer(name).double()), name


@pytest.mark.parametrize('mode, side, with_cp, in_two', [
    ('auto', 32, False, False), ('auto', 160, False, True), ('auto', 160, True, False),
    ('one', 160, False, False), ('two', 32, False, True)])
def test_a_large_batch_passes_in_two_on_a_cpu_unless_told_otherwise(mode, side, with_cp, in_two):
    """On a GPU it passes in one; with activation checkpointing too, which data-parallel training allows once a step."""
    cfg = unet_cfg(forward_mode=mode)
    cfg['backbone']['with_cp'] = with_cp
    model = build(cfg).train()
    images, samples = batch(2, 2, (side, side))
    calls = []
    model.cls_head.register_forward_hook(lambda *_: calls.append(1))
    model.loss(images, samples)
    assert len(calls) == 1 + in_two
    assert not model.in_two([images.to('meta')] * 2) or mode == 'two'


@pytest.mark.filterwarnings('ignore:.*use_reentrant')
def test_activation_checkpointing_finds_the_parts_in_the_backward_pass():
    grads = []
    for with_cp in (False, True):
        torch.manual_seed(0)
        cfg = unet_cfg()
        cfg['backbone']['with_cp'] = with_cp
        model = build(cfg).train().double()
        model.decode_head.head.dropout = None
        torch.manual_seed(1)
        images, samples = batch()
        torch.manual_seed(1)
        model.parse_losses(model.loss(images.double().requires_grad_(), samples))[0].backward()
        grads.append([p.grad for p in model.parameters()])
    assert all(torch.allclose(a, b) for a, b in zip(*grads))


def test_a_compiled_step_has_the_losses_of_an_eager_one():
    """On the backend that only traces. The speed with inductor is in docs/performance.md."""
    cfg = unet_cfg()
    cfg['backbone'].update(num_stages=2, strides=(1, 1), enc_num_convs=(1, 1), dec_num_convs=(1, ),
                           downsamples=(True, ), enc_dilations=(1, 1), dec_dilations=(1, ))
    cfg['decode_head']['head'].update(in_index=1, num_convs=0, dropout_ratio=0)
    cfg['cls_head'].update(in_channels=8)
    model = build(cfg).train()
    twin = copy.deepcopy(model)
    twin.loss = torch.compile(twin.loss, backend='eager', dynamic=False)  # symbolic shapes take twice as long
    images, samples = batch()
    results = []
    for network in (model, twin):
        torch.manual_seed(0)
        results.append(network.loss(images, samples))
        network.parse_losses(results[-1])[0].backward()
    assert all(torch.allclose(results[0][name], value, rtol=1e-4) for name, value in results[1].items())
    for (name, a), b in zip(model.named_parameters(), twin.parameters()):
        assert torch.allclose(a.grad, b.grad, rtol=1e-3, atol=1e-6), name
