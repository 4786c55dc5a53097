# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The wrapper: mean and variance, supervised loss by sampling, prediction by the mean, refusals, parameter counts.

That it works over many heads and backbones is tested in test_any_model.py.
"""
import re

import pytest
import torch
import torch.nn.functional as F
from mmengine.runner.checkpoint import load_state_dict
from torch import nn

from mmseg_entmin.models import UncertaintyHead
from tests.tiny import CE, build, sample
from tests.tiny_checkpoint import model_cfg

FCN = dict(type='FCNHead', in_channels=6, in_index=0, channels=5, num_convs=1, num_classes=3, dropout_ratio=0,
           loss_decode=CE)


def head(inner=FCN, **options) -> UncertaintyHead:
    return build(dict(type='UncertaintyHead', head=inner, **options))


def maps():
    return [torch.randn(2, 6, 8, 8)]


@pytest.mark.parametrize('kernel_size', [1, 3])
def test_mean_is_the_wrapped_heads_own_output(kernel_size):
    model, plain = head(kernel_size=kernel_size), build(FCN)
    plain.conv_seg.load_state_dict(model.head.conv_seg.mean.state_dict())
    plain.convs.load_state_dict(model.head.convs.state_dict())
    if hasattr(plain, 'conv_cat'):
        plain.conv_cat.load_state_dict(model.head.conv_cat.state_dict())
    x = maps()
    mean, variance = model(x)
    assert torch.equal(mean, plain(x)) and mean.shape == variance.shape == (2, 3, 8, 8)
    assert (variance > 0).all()
    meta = [dict(img_shape=(32, 32))]
    assert torch.equal(model.predict(x, meta), plain.predict(x, meta, None))


def test_supervised_loss_is_cross_entropy_of_the_sample():
    model, x, samples = head(), maps(), [sample(), sample()]
    for one in samples:
        one.gt_sem_seg.data[:, :5] = 255
    labels = torch.cat([one.gt_sem_seg.data for one in samples])
    torch.manual_seed(1)
    losses = model.loss(x, samples)
    torch.manual_seed(1)
    mean, variance = model(x)
    z = mean + torch.randn_like(mean) * variance.sqrt()
    z = F.interpolate(z, (32, 32), mode='bilinear')
    assert losses['loss_ce'].item() == pytest.approx(F.cross_entropy(z, labels, ignore_index=255).item())


@pytest.mark.parametrize('num_samples', [1, 4])
def test_both_convolutions_learn_from_the_supervised_loss(num_samples):
    model = head(num_samples=num_samples)
    model.loss(maps(), [sample(), sample()])['loss_ce'].backward()
    assert all(p.grad.abs().sum() > 0 and p.grad.isfinite().all() for p in model.parameters())


def test_maps_without_a_labeled_pixel_give_a_zero_loss_and_a_finite_gradient():
    model = head()
    ignored = torch.full((1, 32, 32), 255)
    loss = model.loss(maps(), [sample(labels=ignored), sample(labels=ignored)])['loss_ce']
    loss.backward()
    assert loss.item() == 0 and all(p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize('num_classes', [2, 150])
def test_number_of_classes(num_classes):
    model = head(dict(FCN, num_classes=num_classes))
    assert model.num_classes == model.out_channels == num_classes
    assert model(maps())[1].shape == (2, num_classes, 8, 8)
    assert model.loss(maps(), [sample(num_classes=num_classes)] * 2)['loss_ce'].isfinite()


def test_initialization_of_the_wrapped_head_reaches_the_variance():
    model = head(kernel_size=1)
    model.init_weights()
    layer = model.head.conv_seg
    assert not layer.mean.bias.any() and not layer.variance.bias.any()
    assert layer.variance.weight.std() < 0.05


VARIANCE = {'decode_head.head.conv_seg.variance.weight', 'decode_head.head.conv_seg.variance.bias'}


def test_weights_of_the_plain_head_are_taken_and_the_variance_stays():
    plain, model, x = build(FCN), head(), maps()
    variance = model(x)[1]
    network, trained = (nn.ModuleDict(dict(decode_head=part)) for part in (model, plain))
    missing, unexpected = network.load_state_dict(trained.state_dict(), strict=False)
    assert set(missing) == VARIANCE and not unexpected
    assert torch.equal(model(x)[0], plain(x)) and not torch.equal(model(x)[1], variance)
    network.load_state_dict(network.state_dict())
    with pytest.raises(RuntimeError, match='head.conv_seg.variance.bias'):
        network.load_state_dict({key: value for key, value in network.state_dict().items() if 'bias' not in key})


def test_weights_of_a_plain_cascade_are_taken():
    cascade = [FCN, dict(type='OCRHead', in_channels=6, in_index=0, channels=5, ocr_channels=4, num_classes=3,
                         norm_cfg=dict(type='BN'), loss_decode=CE)]
    model, plain = head(cascade), nn.ModuleList(map(build, cascade))
    missing, unexpected = nn.ModuleDict(dict(decode_head=model)).load_state_dict(
        nn.ModuleDict(dict(decode_head=plain)).state_dict(), strict=False)
    assert set(missing) == VARIANCE and not unexpected
    for part in (model, plain):
        part.eval()
    x = maps()
    first = plain[0](x)
    mean, _, earlier = model(x)
    assert torch.equal(earlier, first) and torch.equal(mean, plain[1](x, first))


def test_load_from_takes_the_trained_baseline():
    """MMEngine's loader: the classification head and the variance alone are missing."""
    baseline, semi = build(model_cfg('EncoderDecoder')), build(model_cfg())
    with pytest.raises(RuntimeError) as error:
        load_state_dict(semi, baseline.state_dict(), strict=True)
    assert set(re.findall(r'[a-z_]+head\.[\w.]+', str(error.value))) == VARIANCE | {
        f'cls_head.conv_{name}.{kind}' for name in ('mean', 'variance') for kind in ('weight', 'bias')}
    assert 'unexpected' not in str(error.value)


@pytest.mark.parametrize('inner, reason', [
    (dict(type='DAHead', in_channels=6, in_index=0, channels=8, pam_channels=2, num_classes=3),
     'DAHead: it computes its loss in its own loss_by_feat'),
    (dict(type='EncHead', in_channels=[6, 6], in_index=(0, 0), channels=8, num_codes=4, num_classes=3,
          add_lateral=False), 'EncHead: it computes its loss'),
    (dict(type='SegmenterMaskTransformerHead', in_channels=8, channels=8, num_classes=3, num_layers=1, num_heads=2,
          embed_dims=8), 'SegmenterMaskTransformerHead: it has no conv_seg'),
    (dict(type='FCNHead', in_channels=6, in_index=0, channels=5, num_classes=2, out_channels=1,
          loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True)), 'FCNHead: out_channels=1 for num_classes=2'),
])
def test_a_head_that_cannot_work_is_refused_by_name_with_the_reason(inner, reason):
    with pytest.raises(ValueError, match=f'UncertaintyHead cannot wrap {reason}'):
        head(inner)


@pytest.mark.parametrize('options, message', [
    (dict(kernel_size=2), 'kernel_size=2'), (dict(num_samples=0), 'num_samples=0'),
    (dict(variance='relu'), "variance='relu'.*'softplus', 'exp'")
])
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        head(**options)


def test_several_samples_need_softmax():
    inner = dict(FCN, loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=True))
    with pytest.raises(ValueError, match='FCNHead: num_samples=2 needs a softmax'):
        head(inner, num_samples=2)


@pytest.mark.parametrize('kernel_size, weights', [(3, 1_161_216), (1, 129_024)])
def test_extra_parameters_of_deeplabv2(kernel_size, weights):
    """Table 4 of the paper, 1.16 M: one convolution each for s2_s, mu_c and s2_c; ours has at most 0.14 M."""
    plain = dict(type='DeepLabV2Head', in_channels=2048, in_index=3, num_classes=21, loss_decode=CE)
    backbone = dict(type='ResNet', depth=101, dilations=(1, 1, 2, 4), strides=(1, 2, 1, 1))
    count = lambda model: sum(p.numel() for p in model.parameters())  # noqa: E731
    with torch.device('meta'):  # counts need no memory
        supervised = count(build(dict(type='EncoderDecoder', backbone=backbone, decode_head=plain)))
        ours = count(build(dict(
            type='EntMin', backbone=backbone,
            decode_head=dict(type='UncertaintyHead', head=plain, kernel_size=kernel_size),
            cls_head=dict(type='UncertaintyClsHead', in_channels=2048, num_classes=21, kernel_size=kernel_size))))
    assert ours - supervised == weights + 63
    assert kernel_size == 3 or ours - supervised <= 140_000
