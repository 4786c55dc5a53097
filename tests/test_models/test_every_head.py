# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Every decode head that mmseg registers, under the method and under a peer: it trains, or is refused with a reason."""
import mmseg.models.decode_heads  # noqa: F401
import pytest
import torch
from mmengine import ConfigDict
from mmengine.structures import PixelData
from mmseg.registry import MODELS

from tests.tiny import CE, batch, build

CHANNELS = [8, 16, 32, 64]
ONE = dict(in_channels=64, in_index=3, channels=8)
ALL = dict(in_channels=CHANNELS, in_index=[0, 1, 2, 3], channels=8)
KERNEL = dict(
    type='KernelUpdateHead', num_classes=3, num_ffn_fcs=2, num_heads=1, num_mask_fcs=1, feedforward_channels=8,
    in_channels=8, out_channels=8, dropout=0., conv_kernel_size=1, with_ffn=True,
    feat_transform_cfg=dict(conv_cfg=dict(type='Conv2d'), act_cfg=None), kernel_updator_cfg=dict(
        type='KernelUpdator', in_channels=8, feat_channels=8, out_channels=8, act_cfg=dict(type='ReLU'),
        norm_cfg=dict(type='LN')))

# The options of each head.
HEADS = {
    'ANNHead': dict(ONE, in_channels=[32, 64], in_index=[2, 3], project_channels=8),
    'APCHead': dict(ONE, pool_scales=(1, 2)),
    'ASPPHead': dict(ONE, dilations=(1, 2)),
    'CCHead': ONE,
    'DAHead': dict(ONE, pam_channels=4),
    'DDRHead': dict(in_channels=32, channels=8, loss_decode=[
        dict(CE, loss_name='loss_ce'), dict(CE, loss_name='loss_ce_2')]),
    'DMHead': dict(ONE, filter_sizes=(1, 3)),
    'DNLHead': ONE,
    'DPTHead': dict(ALL, in_channels=[8] * 4, embed_dims=8, post_process_channels=[8] * 4, readout_type='project',
                    input_transform='multiple_select'),
    'DepthwiseSeparableASPPHead': dict(ONE, c1_in_channels=8, c1_channels=4, dilations=(1, 2)),
    'DepthwiseSeparableFCNHead': ONE,
    'EMAHead': dict(ONE, ema_channels=8, num_bases=4, num_stages=2),
    'EncHead': dict(ALL, num_codes=4),
    'FCNHead': dict(ONE, num_convs=1),
    'FPNHead': dict(ALL, in_channels=[8] * 4, feature_strides=[4, 8, 16, 32]),
    'GCHead': ONE,
    'ISAHead': dict(ONE, isa_channels=4, down_factor=(2, 2)),
    'IterativeDecodeHead': dict(num_stages=1, kernel_update_head=[KERNEL], kernel_generate_head=dict(
        type='FCNHead', **ONE, num_classes=3, loss_decode=CE)),
    'LRASPPHead': dict(ONE, in_channels=[8, 16, 64], in_index=[0, 1, 3], branch_channels=(4, 8),
                       input_transform='multiple_select'),
    'LightHamHead': dict(ALL, ham_channels=8, ham_kwargs=dict(MD_R=4)),
    'Mask2FormerHead': dict(num_classes=3),
    'MaskFormerHead': dict(num_classes=3),
    'NLHead': ONE,
    'OCRHead': [dict(type='FCNHead', num_convs=1, **ONE), dict(type='OCRHead', ocr_channels=4, **ONE)],
    'PIDHead': dict(in_channels=32, channels=8, loss_decode=[
        CE, dict(type='OhemCrossEntropy', min_kept=10), dict(type='BoundaryLoss'),
        dict(type='OhemCrossEntropy', min_kept=10)]),
    'PSAHead': dict(ONE, mask_size=(2, 2)),
    'PSPHead': dict(ONE, pool_scales=(1, 2)),
    'PointHead': [dict(type='FCNHead', num_convs=1, **ONE), dict(type='PointHead', **ONE)],
    'SETRMLAHead': dict(ALL, in_channels=[8] * 4, mla_channels=2),
    'SETRUPHead': dict(ONE, num_convs=1),
    'STDCHead': dict(ONE, num_convs=1),
    'SegformerHead': ALL,
    'SegmenterMaskTransformerHead': dict(ONE, num_layers=1, num_heads=1, embed_dims=64, norm_cfg=dict(type='LN')),
    'SideAdapterCLIPHead': dict(
        num_classes=3, deep_supervision_idxs=[], train_cfg=None,
        san_cfg=ConfigDict(
            in_channels=3, clip_channels=8, embed_dims=8, num_queries=2, fusion_index=[0], cfg_encoder=dict(
                num_encode_layer=1, num_heads=1, mlp_ratio=1),
            cfg_decoder=dict(num_heads=1, num_layers=1, embed_channels=8, mlp_channels=8, num_mlp=1, rescale=True)),
        maskgen_cfg=ConfigDict(sos_token_num=2, num_layers=1, embed_dims=8, num_heads=1, out_dims=8)),
    'UPerHead': dict(ALL, pool_scales=(1, 2)),
    'VPDDepthHead': dict(in_channels=[16] * 4, feature_dim=16, embed_dim=2),
}
DEFAULT = dict(num_classes=3, loss_decode=CE, norm_cfg=dict(type='BN'))
WITHOUT_DEFAULT = ('IterativeDecodeHead', 'Mask2FormerHead', 'MaskFormerHead', 'SideAdapterCLIPHead', 'VPDDepthHead')

# The backbone and the channels of its last map; else a ResNet.
RESNET = dict(type='ResNet', depth=18, base_channels=8, strides=(1, 2, 1, 1), dilations=(1, 1, 2, 4)), 64
VIT = dict(type='VisionTransformer', img_size=32, patch_size=8, embed_dims=8, num_layers=4, num_heads=2,
           out_indices=(0, 1, 2, 3))
BACKBONES = {
    'DDRHead': (dict(type='DDRNet', channels=8, ppm_channels=8), 32),
    'PIDHead': (dict(type='PIDNet', channels=8, ppm_channels=8), 32),
    'DPTHead': (dict(VIT, output_cls_token=True), 8),
    'SETRMLAHead': (VIT, 8)}
NECKS = {'FPNHead': dict(neck=dict(type='FPN', in_channels=CHANNELS, out_channels=8, num_outs=4))}
SIZES = {'LRASPPHead': 8 * 49}  # it pools 49 x 49 places

# Why a head is refused: by both (mmcv-lite has no operators), by the method, by the peer.
OPS = 'Please install (onedl-)?mmcv'
MASKS = '{} computes its loss in a way of its own'
SEVERAL = 'cannot wrap {}: it computes its loss in its own loss_by_feat, from more than one map of logits'
ALWAYS = {'CCHead': OPS, 'PSAHead': OPS, **{name: MASKS.format(name) for name in (
    'Mask2FormerHead', 'MaskFormerHead', 'PointHead', 'SideAdapterCLIPHead')}}
METHOD = {
    **{name: SEVERAL.format(name) for name in (
        'DAHead', 'DDRHead', 'EncHead', 'PIDHead', 'STDCHead')},
    **{name: f'cannot wrap {name}: it has no conv_seg layer' for name in (
        'IterativeDecodeHead', 'SegmenterMaskTransformerHead', 'VPDDepthHead')}}
PEER = {'VPDDepthHead': 'num_classes=1; count the background'}
PEER_OVER_UNCERTAINTY = ('OCRHead', 'PointHead')  # cascades


def complete(name: str) -> dict | list[dict]:
    if isinstance(HEADS[name], list):
        return [{**DEFAULT, **stage} for stage in HEADS[name]]
    return {**({} if name in WITHOUT_DEFAULT else DEFAULT), 'type': name, **HEADS[name]}


def test_the_table_has_every_registered_head():
    registered = {name for name, kind in MODELS.module_dict.items()
                  if kind.__module__.startswith('mmseg.models.decode_heads')}
    assert registered - set(HEADS) == {'KernelUpdateHead', 'KernelUpdator'}  # parts of the IterativeDecodeHead
    assert set(HEADS) <= registered


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('kind', ['EntMin', 'PseudoLabel'])
@pytest.mark.parametrize('name', HEADS)
def test_a_step_and_a_prediction_or_a_refusal(name, kind):
    backbone, channels = BACKBONES.get(name, RESNET)
    head = complete(name)
    options = {'backbone': backbone, 'test_cfg': dict(mode='whole'), **NECKS.get(name, {})}
    if kind == 'EntMin' or name in PEER_OVER_UNCERTAINTY:
        head = dict(type='UncertaintyHead', head=head)
    if kind == 'EntMin':
        options['cls_head'] = dict(type='UncertaintyClsHead', in_channels=channels, num_classes=3)
    reason = ALWAYS.get(name) or (METHOD if kind == 'EntMin' else PEER).get(name)
    if reason is not None:
        with pytest.raises((ValueError, RuntimeError, ImportError), match=reason):
            build(dict(type=kind, decode_head=head, **options))
        return
    model = build(dict(type=kind, decode_head=head, **options)).train()
    side = SIZES.get(name, 32)
    images, samples = batch(2, 2, (side, side))
    for sample in samples[:2]:
        sample.gt_edge_map = PixelData(data=torch.zeros_like(sample.gt_sem_seg.data))
    losses = model.loss(images, samples)
    assert all(value.isfinite().all() for value in losses.values())
    model.parse_losses(losses)[0].backward()
    images = images[:1]
    with torch.no_grad():
        logits = model.eval()(images, mode='tensor')
        result, = model.predict(images)
    assert logits.shape[:2] == (1, 3) and result.seg_logits.data.shape == (3, side, side)
