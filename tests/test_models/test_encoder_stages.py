# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""FGMR and the classification get the maps of the encoder, not of a decoder in the backbone."""
import pytest
import torch

from mmseg_entmin.models.encoder_stages import decode, encode, encoder_maps, encoder_modules, record_outputs
from tests.tiny import build, unet_cfg


def test_unet_gives_its_encoder_stages_not_its_decoders_outputs():
    model = build(unet_cfg(width=4)).eval()
    images = torch.randn(1, 3, 32, 32)
    expected, x = [], images
    for stage in model.backbone.encoder:
        x = stage(x)
        expected.append(x)
    predictions = model.forward_predictions(images)
    assert [tuple(f.shape[1:]) for f in predictions.features] == [(4, 32, 32), (8, 16, 16), (16, 8, 8), (32, 4, 4)]
    assert all(torch.equal(a, b) for a, b in zip(predictions.features, expected))
    assert torch.equal(predictions.cls_mean, model.cls_head(expected)[0])
    decoder = model.backbone(images)
    assert not any(a.shape == b.shape and torch.equal(a, b) for a in decoder[1:] for b in predictions.features)


def test_other_backbones_give_their_outputs():
    model = build(dict(
        unet_cfg(), backbone=dict(type='ResNet', depth=18, base_channels=8),
        neck=dict(type='FPN', in_channels=[8, 16, 32, 64], out_channels=4, num_outs=4),
        decode_head=dict(type='UncertaintyHead', head=dict(
            type='FPNHead', in_channels=[4] * 4, in_index=[0, 1, 2, 3], feature_strides=[4, 8, 16, 32], channels=4,
            num_classes=3)),
        cls_head=dict(type='UncertaintyClsHead', in_channels=64, num_classes=3))).eval()
    images = torch.randn(1, 3, 64, 64)
    predictions = model.forward_predictions(images)
    assert all(torch.equal(a, b) for a, b in zip(predictions.features, model.backbone(images)))
    assert all(torch.equal(a, b) for a, b in zip(predictions.decoder_inputs, model.neck(model.backbone(images))))


def test_stages_by_name():
    model = build(unet_cfg(encoder_stages=['encoder.1', 'encoder.3'])).eval()
    features = model.forward_predictions(torch.randn(1, 3, 32, 32)).features
    assert [f.shape[1] for f in features] == [8, 32]
    message = r"model: encoder_stages=\['stem'\], UNet has no submodule stem; it has encoder\.0, .*decoder\.2$"
    with pytest.raises(ValueError, match=message):
        encoder_modules(model.backbone, ['stem'])


MIT = dict(type='MixVisionTransformer', embed_dims=8, num_layers=[1] * 4, num_heads=[1, 2, 4, 8])


@pytest.mark.parametrize('backbone, names, wrong', [
    (unet_cfg()['backbone'], ['encoder'], 'encoder of UNet'),  # ModuleLists, which do not run
    (MIT, ['layers.0', 'layers.1'], 'layers.0, layers.1 of Mix'),
    (unet_cfg()['backbone'], ['encoder.0', 'decoder'], 'decoder of UNet'),
    (MIT, ['layers.0.2'], 'layers.0.2 of Mix'),  # tokens, no map
])
def test_a_stage_without_a_map_is_refused(backbone, names, wrong):
    backbone = build(backbone)
    with pytest.raises(ValueError, match=f'encoder_stages: {wrong}.* does not output exactly one map'):
        encoder_maps(backbone, encoder_modules(backbone, names), torch.randn(1, 3, 64, 64))


def test_all_hooks_are_removed():
    model = build(unet_cfg())
    with pytest.raises(RuntimeError), record_outputs(list(model.backbone.encoder)):
        raise RuntimeError
    assert not any(stage._forward_hooks for stage in model.backbone.encoder)


@pytest.mark.parametrize('backbone', [
    unet_cfg()['backbone'], dict(type='ResNet', depth=18, base_channels=8)], ids=['UNet', 'ResNet'])
def test_decode_after_encode_equals_the_backbone(backbone):
    backbone = build(backbone)
    backbone.eval()  # which, of mmseg's UNet, is None
    images = torch.randn(1, 3, 32, 32)
    maps = encode(backbone, images)
    assert all(torch.equal(a, b) for a, b in zip(decode(backbone, maps), backbone(images)))
    assert len(maps) == 4 and maps[-1].shape[2:] == ((4, 4) if len(encoder_modules(backbone)) else (1, 1))
