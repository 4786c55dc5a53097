# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The method over mmseg's heads and over backbones of mmseg, mmpretrain and timm: one training step, one prediction."""
import pytest
import torch

from tests.tiny import CE, batch, build

RESNET = dict(type='ResNet', depth=18, base_channels=8), [8, 16, 32, 64]
ONE = dict(in_channels=64, in_index=3, channels=8)
ALL = dict(in_channels=[8, 16, 32, 64], in_index=[0, 1, 2, 3], channels=8)
SWIN = dict(model_name='swin_tiny_patch4_window7_224', features_only=True, pretrained=False, img_size=64, embed_dim=8,
            depths=(1, ) * 4, num_heads=(1, ) * 4)  # its maps have the channels last
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
# Config, channels of the outputs, and channels of the encoder's last map where it is none of them.
BACKBONES = {
    'ResNet': RESNET,
    'UNet': (dict(type='UNet', base_channels=4), [64, 32, 16, 8, 4], 64),
    'MobileNetV2': (dict(type='MobileNetV2', widen_factor=0.25, out_indices=(1, 2, 4, 6)), [8, 8, 24, 80]),
    'MiT': (dict(type='MixVisionTransformer', embed_dims=8, num_layers=[1] * 4, num_heads=[1, 2, 4, 8]),
            [8, 16, 32, 64]),
    'Swin': (dict(type='SwinTransformer', embed_dims=12, depths=(1, 1, 1, 1), num_heads=(1, 2, 3, 6), window_size=4,
                  pretrain_img_size=64), [12, 24, 48, 96]),
    'BiSeNetV1': (dict(type='BiSeNetV1', backbone_cfg=dict(type='ResNet', depth=18, base_channels=8), out_channels=32,
                       spatial_channels=(8, 8, 8, 16), context_channels=(16, 32, 64)), [32], 64),
    'BiSeNetV2': (dict(type='BiSeNetV2', detail_channels=(8, 8, 16), semantic_channels=(8, 8, 8, 16),
                       bga_channels=16), [16], 16),
    'ERFNet': (dict(type='ERFNet', enc_downsample_channels=(4, 8, 16), dec_upsample_channels=(8, 4),
                    dec_non_bottleneck_channels=(8, 4)), [4], 16),
    'FastSCNN': (dict(type='FastSCNN', downsample_dw_channels=(8, 8), global_in_channels=16, higher_in_channels=16,
                      global_block_channels=(16, 16, 16), global_out_channels=32, lower_in_channels=32,
                      fusion_out_channels=16), [16, 32, 16], 32),
    'STDC': (dict(type='STDCContextPathNet', last_in_channels=(32, 16), out_channels=8, backbone_cfg=dict(
        type='STDCNet', stdc_type='STDCNet1', in_channels=3, channels=(4, 4, 8, 16, 32), bottleneck_type='cat',
        norm_cfg=dict(type='BN'), act_cfg=dict(type='ReLU'), num_convs=4), ffm_cfg=dict(
            in_channels=16, out_channels=16, scale_factor=4)), [8, 8, 8, 16], 32),
    'ConvNeXt of mmpretrain': (dict(type='mmpretrain.ConvNeXt', arch=dict(depths=[1] * 4, channels=[8, 16, 24, 32]),
                                    out_indices=(0, 1, 2, 3), gap_before_final_norm=False), [8, 16, 24, 32]),
    'EfficientNet-Lite0 of timm': (dict(type='TIMMBackbone', model_name='tf_efficientnet_lite0', features_only=True,
                                        pretrained=False), [16, 24, 40, 112, 320]),
    'Swin of timm': (dict(SWIN, type='TIMMBackbone'), [8, 16, 32, 64]),
    'Swin of timm in mmpretrain': (dict(SWIN, type='mmpretrain.TIMMBackbone'), [8, 16, 32, 64]),
    'MambaOut of timm': (dict(type='TIMMBackbone', model_name='mambaout_femto', pretrained=False, depths=(1, ) * 4,
                              dims=(8, 8, 16, 24)), [8, 8, 16, 24]),
}


def last_channels(name: str) -> int:
    """Channels of the encoder's last map."""
    return BACKBONES[name][-1] if len(BACKBONES[name]) == 3 else BACKBONES[name][1][-1]


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
    backbone, channels = BACKBONES[name][:2]
    head = dict(type='FCNHead', in_channels=channels[-1], in_index=len(channels) - 1, channels=8, num_convs=1)
    train_and_predict(
        dict(backbone=backbone, decode_head=dict(type='UncertaintyHead', head=complete(head), kernel_size=1)),
        last_channels(name))


COLORS = dict(type='SegDataPreProcessor', mean=[127.] * 3, std=[60.] * 3, size=(64, 64))
TOKENS = dict(type='VisionTransformer', img_size=64, patch_size=16, embed_dims=8, num_layers=4, num_heads=2,
              out_indices=(0, 1, 2, 3), output_cls_token=True)
DPT = dict(type='DPTHead', in_channels=[8] * 4, in_index=[0, 1, 2, 3], channels=8, embed_dims=8,
           post_process_channels=[8] * 4, readout_type='project', input_transform='multiple_select')


@pytest.mark.parametrize('kind', ['UniMatch', 'MeanTeacher', 'CPS', 'MASSL', 'Advent'])
@pytest.mark.parametrize('backbone', ['Swin of timm', 'Swin of timm in mmpretrain', 'class tokens'])
def test_peers_over_channels_last_and_class_tokens(backbone, kind):
    options = dict(reconstruction_head=dict(in_channels=64, channels=(8, ))) if kind == 'MASSL' else {}
    head = dict(type='FCNHead', in_channels=64, in_index=3, channels=8, num_convs=1)
    if backbone == 'class tokens':
        head = DPT
        if options:
            options['reconstruction_head']['in_channels'] = 8
    backbone = TOKENS if head is DPT else BACKBONES[backbone][0]
    if kind == 'Advent':
        options = dict(unsupervised_losses=[dict(type='FeatureGradientLoss')])
    model = build(dict(type=kind, backbone=backbone, decode_head=complete(head), test_cfg=dict(mode='whole'),
                       data_preprocessor=COLORS, **options)).train()
    losses = model.loss(*batch(2, 2, (64, 64)))
    model.parse_losses(losses)[0].backward()
    assert model.eval()(torch.randn(1, 3, 64, 64), mode='tensor').shape[:2] == (1, 3)


def test_class_tokens_leave_the_maps_and_pass_to_the_head():
    losses = train_and_predict(dict(backbone=TOKENS, decode_head=dict(type='UncertaintyHead', head=complete(DPT))), 8)
    assert losses['unsup.loss_feature_gradient'] > 0


def test_maps_of_timm_have_the_channels_that_timm_says():
    backbone = build(BACKBONES['Swin of timm'][0])
    info, maps = backbone.timm_model.feature_info, backbone(torch.randn(1, 3, 64, 64))
    assert [x.shape[1] for x in maps] == info.channels() and [64 // x.shape[2] for x in maps] == info.reduction()


@pytest.mark.parametrize('backbone, message', [
    (dict(type='TIMMBackbone', model_name='resnet18', features_only=False, pretrained=False), 'set features_only=True'),
    (dict(type='mmpretrain.VisionTransformer', arch=dict(
        embed_dims=8, num_layers=2, num_heads=2, feedforward_channels=8), img_size=64, out_type='raw'),
     r'VisionTransformer returns \(\d, 17, 8\), not maps .* out_type='),
    (dict(type='mmpretrain.ConvNeXt', arch=dict(depths=[1] * 4, channels=[8] * 4)),
     r'ConvNeXt returns \(\d, 8\), not maps .* gap_before_final_norm=False'),
    (dict(type='DDRNet', channels=8, ppm_channels=8), 'DDRNet returns other outputs in training than in tests')])
@pytest.mark.parametrize('kind', ['EntMin', 'UniMatch', 'MeanTeacher'])
def test_outputs_that_are_no_maps_are_refused(backbone, message, kind):
    head = complete(dict(type='FCNHead', in_channels=8, in_index=0, channels=8))
    options = dict(decode_head=head, data_preprocessor=COLORS) if kind != 'EntMin' else dict(
        decode_head=dict(type='UncertaintyHead', head=head),
        cls_head=dict(type='UncertaintyClsHead', in_channels=8, num_classes=3))
    with pytest.raises(ValueError, match=message):
        build(dict(type=kind, backbone=backbone, test_cfg=dict(mode='whole'), **options)).loss(*batch(2, 2, (64, 64)))


def test_a_classification_head_for_other_channels_is_refused():
    with pytest.raises(ValueError, match='cls_head.in_channels=32, .* has 64 channels; set cls_head.in_channels=64'):
        train_and_predict(dict(backbone=RESNET[0], decode_head=dict(
            type='UncertaintyHead', head=complete(HEADS['FCN']))), 32)


def test_isa_makes_several_maps_of_an_image_and_passes_in_two():
    head = dict(type='UncertaintyHead', head=complete(dict(type='ISAHead', isa_channels=4, down_factor=(2, 2), **ONE)))
    train_and_predict(dict(backbone=RESNET[0], decode_head=head), 64)
    with pytest.raises(ValueError, match="forward_mode='one', ISAHead makes several maps"):
        train_and_predict(dict(backbone=RESNET[0], decode_head=head, forward_mode='one'), 64)
