# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The method over mmseg's heads and over backbones of mmseg, mmpretrain and timm: one training step, one prediction."""
import pytest
import torch

from tests.tiny import CE, batch, build

RESNET = dict(type='ResNet', depth=18, base_channels=8), [8, 16, 32, 64]
ONE = dict(in_channels=64, in_index=3, channels=8)
ALL = dict(in_channels=[8, 16, 32, 64], in_index=[0, 1, 2, 3], channels=8)
HEADS = {
    'FCN': dict(type='FCNHead', **ONE),
    'PSP': dict(type='PSPHead', **ONE),
    'ASPP': dict(type='ASPPHead', **ONE),
    'DepthwiseSeparableASPP': dict(type='DepthwiseSeparableASPPHead', **ONE, c1_in_channels=8, c1_channels=4),
    'DeepLabV2': dict(type='DeepLabV2Head', in_channels=64, in_index=3),
    'UPer': dict(type='UPerHead', **ALL),
    'SegFormer': dict(type='SegformerHead', **ALL),
    'FPN': dict(type='FPNHead', **dict(ALL, in_channels=[8] * 4), feature_strides=[4, 8, 16, 32]),
    'OCR': [
        dict(type='FCNHead', **ONE),
        dict(type='OCRHead', **ONE, ocr_channels=4)
    ],
    'DNL': dict(type='DNLHead', **ONE),
    'EMA': dict(type='EMAHead', **ONE, ema_channels=8, num_bases=4, num_stages=2),
}
BACKBONES = {
    'ResNet': RESNET,
    'UNet': (dict(type='UNet', base_channels=4), [64, 64, 32, 16, 8, 4]),  # where its encoder ends, then its outputs
    'MobileNetV2': (dict(type='MobileNetV2', widen_factor=0.25, out_indices=(1, 2, 4, 6)), [8, 8, 24, 80]),
    'MiT': (dict(type='MixVisionTransformer', embed_dims=8, num_layers=[1] * 4, num_heads=[1, 2, 4, 8]),
            [8, 16, 32, 64]),
    'Swin': (dict(type='SwinTransformer', embed_dims=12, depths=(1, 1, 1, 1), num_heads=(1, 2, 3, 6), window_size=4,
                  pretrain_img_size=64), [12, 24, 48, 96]),
    'ConvNeXt of mmpretrain': (dict(type='mmpretrain.ConvNeXt', arch=dict(depths=[1] * 4, channels=[8, 16, 24, 32]),
                                    out_indices=(0, 1, 2, 3), gap_before_final_norm=False), [8, 16, 24, 32]),
    'EfficientNet-Lite0 of timm': (dict(type='TIMMBackbone', model_name='tf_efficientnet_lite0', features_only=True,
                                        pretrained=False), [16, 24, 40, 112, 320]),
}


def complete(head):
    extra = dict(num_classes=3, loss_decode=CE, norm_cfg=dict(type='BN'))
    return dict(head, **extra) if isinstance(head, dict) else [dict(part, **extra) for part in head]


def train_and_predict(cfg: dict, channels: int):
    model = build(dict(
        type='EntMin', test_cfg=dict(mode='whole'), **cfg,
        cls_head=dict(type='UncertaintyClsHead', in_channels=channels, num_classes=3))).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    before = [p.detach().clone() for p in model.parameters()]
    losses = model.loss(*batch(2, 2, (64, 64)))
    assert all(loss.isfinite().all() for loss in losses.values())
    model.parse_losses(losses)[0].backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters() if p.requires_grad)
    optimizer.step()
    assert sum(not torch.equal(a, b) for a, b in zip(before, model.parameters())) > len(before) // 2
    with torch.no_grad():
        result = model.eval().predict(torch.randn(2, 3, 64, 64))
    assert result[0].seg_logits.data.shape == (3, 64, 64) and result[0].seg_logits.data.isfinite().all()
    return losses


@pytest.mark.parametrize('name', HEADS)
def test_heads(name):
    neck = dict(neck=dict(type='FPN', in_channels=RESNET[1], out_channels=8, num_outs=4)) if name == 'FPN' else {}
    losses = train_and_predict(
        dict(backbone=RESNET[0], decode_head=dict(type='UncertaintyHead', head=complete(HEADS[name])), **neck), 64)
    assert ('decode.stage_0.loss_ce' in losses) == (name == 'OCR')  # the first stage of a cascade has a loss of its own


@pytest.mark.parametrize('name', BACKBONES)
def test_backbones(name):
    backbone, channels = BACKBONES[name]
    head = dict(type='FCNHead', in_channels=channels[-1], in_index=len(channels) - 1, channels=8, num_convs=1)
    if name == 'UNet':
        head.update(in_index=4)
    train_and_predict(
        dict(backbone=backbone, decode_head=dict(type='UncertaintyHead', head=complete(head), kernel_size=1)),
        channels[0] if name == 'UNet' else channels[-1])
