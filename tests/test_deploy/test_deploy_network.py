# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The network that is exported predicts what mmseg's test predicts, from RGB images as they are."""
import pytest
import torch

from mmseg_entmin.deploy import DeployNetwork, largest_differences, random_batches
from mmseg_entmin.deploy.deploy_network import size_multiple
from tests.tiny import CE, build, sample

NORMALIZATION = dict(mean=[110., 120., 130.], std=[50., 60., 70.])
PREPROCESSOR = dict(
    type='SegDataPreProcessor', **NORMALIZATION, bgr_to_rgb=True, size_divisor=8, test_cfg=dict(size_divisor=8))
# Two stages trace in half the time of four.
UNET = dict(
    type='UNet', base_channels=4, num_stages=2, strides=(1, 1), enc_num_convs=(1, 1), dec_num_convs=(1, ),
    downsamples=(True, ), enc_dilations=(1, 1), dec_dilations=(1, ))
PLAIN_HEAD = dict(
    type='FCNHead', in_channels=4, in_index=1, channels=4, num_convs=1, concat_input=False, num_classes=3,
    loss_decode=CE)
RESNET = dict(type='ResNet', depth=18, base_channels=8)
STAGE = dict(in_channels=64, in_index=3, channels=8, num_classes=3, loss_decode=CE)


def config(name: str) -> dict:
    """Config of a tiny segmentor of each kind."""
    plain = dict(backbone=UNET, data_preprocessor=PREPROCESSOR, test_cfg=dict(mode='whole'))
    method = dict(
        plain, decode_head=dict(type='UncertaintyHead', head=PLAIN_HEAD),
        cls_head=dict(type='UncertaintyClsHead', in_channels=8, num_classes=3))
    return {
        'EntMin': dict(method, type='EntMin'),
        'EntMinConsistency': dict(method, type='EntMinConsistency'),
        'S4GAN': dict(plain, type='S4GAN', decode_head=PLAIN_HEAD),
        'MeanTeacher': dict(plain, type='MeanTeacher', decode_head=PLAIN_HEAD),
        'EncoderDecoder': dict(plain, type='EncoderDecoder', decode_head=PLAIN_HEAD),
        'CascadeEncoderDecoder': dict(
            plain, type='CascadeEncoderDecoder', num_stages=2, backbone=RESNET,
            decode_head=[dict(type='FCNHead', **STAGE), dict(type='OCRHead', ocr_channels=4, **STAGE)]),
    }[name]


def segmentor(name: str, **options):
    """A tiny segmentor for tests, with running statistics and a teacher that are not those of the start."""
    model = build(dict(config(name), **options))
    with torch.no_grad():
        model(255 * torch.rand(4, 3, 32, 32))
        if name in ('EntMinConsistency', 'MeanTeacher'):
            for parameter in model.teacher.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval().requires_grad_(False)


def images(*shape) -> torch.Tensor:
    return torch.randint(256, (shape[0], 3, *shape[1:])).float()


def mmsegs_logits(model, rgb: torch.Tensor) -> torch.Tensor:
    """Logits (N, C, H, W) by mmseg's test, which is given BGR images of bytes."""
    results = model.test_step(dict(
        inputs=[image.flip(0).byte() for image in rgb],
        data_samples=[sample(tuple(rgb.shape[2:]), labeled=False) for _ in rgb]))
    return torch.stack([result.seg_logits.data for result in results])


@pytest.mark.parametrize('size', [(32, 48), (33, 46)])
@pytest.mark.parametrize('name', [
    'EntMin', 'EntMinConsistency', 'MeanTeacher', 'EncoderDecoder', 'CascadeEncoderDecoder'])
def test_logits_are_those_of_mmsegs_test(name, size):
    model, rgb = segmentor(name), images(2, *size)
    logits = DeployNetwork(model)(rgb)
    assert logits.shape == (2, 3, *size)
    torch.testing.assert_close(logits, mmsegs_logits(model, rgb), rtol=0, atol=1e-5)


@pytest.mark.parametrize('options', [
    dict(NORMALIZATION),  # reads BGR
    dict(bgr_to_rgb=True),  # no normalization
    dict(NORMALIZATION, bgr_to_rgb=True, pad_val=1, test_cfg=dict(size_divisor=32)),
], ids=['BGR', 'plain', 'padded'])
def test_what_the_preprocessor_does_is_inside(options):
    model = segmentor('EntMin', data_preprocessor=dict(type='SegDataPreProcessor', size_divisor=8, **options))
    rgb = images(1, 40, 24)
    torch.testing.assert_close(DeployNetwork(model)(rgb), mmsegs_logits(model, rgb), rtol=0, atol=1e-5)


@pytest.mark.parametrize('normalized', [True, False])
@pytest.mark.parametrize('channels', [1, 4, 6])
def test_any_number_of_channels(channels, normalized):
    """Only three channels have an order of colors."""
    model = build(dict(config('EntMin'), backbone=dict(UNET, in_channels=channels), data_preprocessor=dict(
        type='SegDataPreProcessor', bgr_to_rgb=True, size_divisor=8, test_cfg=dict(size_divisor=8)))).eval()
    if normalized:
        model.data_preprocessor._enable_normalize = True
        for name in ('mean', 'std'):
            values = torch.linspace(900., 2000., channels)[:, None, None]
            model.data_preprocessor.register_buffer(name, values, False)
    network = DeployNetwork(model, variance=True)
    assert (network.channels, network.white) == (channels, (65535. if channels > 1 else 4095.) if normalized else 255.)
    for batch in random_batches(network):
        assert batch.shape[1] == channels and batch.max() > 0.9 * network.white
        results = model.test_step(dict(
            inputs=list(batch), data_samples=[sample(tuple(batch.shape[2:]), labeled=False) for _ in batch]))
        expected = torch.stack([result.seg_logits.data for result in results])
        torch.testing.assert_close(network(batch)[0], expected, rtol=0, atol=1e-4)
    assert max(largest_differences(model, network, network, random_batches(network)).values()) == 0


def test_variance_is_that_of_the_head():
    model, rgb = segmentor('EntMin'), images(2, 32, 40)
    network = DeployNetwork(model, variance=True)
    logits, variance = network(rgb)
    normalized = (rgb - network.mean) / network.std
    # The head's maps have the size of the image: nothing is enlarged.
    torch.testing.assert_close((logits, variance), model.decode_head(model.backbone(normalized))[:2])
    assert network.output_names == ['logits', 'variance'] and variance.min() > 0
    assert DeployNetwork(model)(images(1, 33, 41)).shape == (1, 3, 33, 41)


def test_the_teacher_predicts():
    model = segmentor('EntMinConsistency')
    student, rgb = mmsegs_logits(segmentor('EntMin'), images(1, 32, 32)), images(1, 32, 32)
    network = DeployNetwork(model, variance=True)
    assert network.backbone is model.teacher.backbone and network.decode_head is model.teacher.decode_head
    assert not torch.allclose(network(rgb)[0], student)


def test_a_unet_gets_its_multiple_whatever_the_config_says():
    preprocessor = dict(type='SegDataPreProcessor', **NORMALIZATION, bgr_to_rgb=True)
    model = segmentor('EntMin', data_preprocessor=preprocessor)
    assert size_multiple(model) == 2  # halved once
    assert DeployNetwork(model)(images(1, 33, 41)).shape == (1, 3, 33, 41)
    model.data_preprocessor.test_cfg = dict(size_divisor=3)
    assert size_multiple(model) == 6
    assert size_multiple(segmentor('CascadeEncoderDecoder')) == 8  # the test's alone: no UNet


@pytest.mark.parametrize('name, options, variance, message', [
    ('EncoderDecoder', {}, True, '--variance: the decode head is a FCNHead'),
    ('EntMin', dict(test_cfg=dict(mode='whole', class_refinement=dict(threshold=0.1))), False,
     'class_refinement cannot be exported'),
    ('S4GAN', dict(classifier=dict(backbone=RESNET, in_channels=64)), False,
     'model.classifier of S4GAN filters classes and cannot be exported'),
    ('EntMin', dict(data_preprocessor=None), False, 'data_preprocessor is a BaseDataPreprocessor'),
    ('EntMin', dict(data_preprocessor=dict(PREPROCESSOR, test_cfg=dict(size=(64, 64)))), False,
     'test_cfg.size cannot be exported'),
])
def test_refusals(name, options, variance, message):
    with pytest.raises(ValueError, match=message):
        DeployNetwork(build(dict(config(name), **options)), variance)


def test_another_kind_of_model_is_refused():
    with pytest.raises(ValueError, match='model.type=Linear cannot be exported'):
        DeployNetwork(torch.nn.Linear(1, 1))
