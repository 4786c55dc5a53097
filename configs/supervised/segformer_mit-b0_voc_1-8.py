# SegFormer of mmseg's model zoo, on VOC.
# `mmseg::` is known once mmseg_entmin is imported, which the tools do.
_base_ = [
    'mmseg::_base_/models/segformer_mit-b0.py', '../_base_/datasets/voc.py', '../_base_/schedules/sgd_40k.py',
    '../_base_/default_runtime.py'
]
checkpoint = 'https://mmassets.onedl.ai/mmsegmentation/v0.5/pretrain/segformer/mit_b0_20220624-7e0fe6dd.pth'
model = dict(
    data_preprocessor=dict(size=(321, 321)),
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint)),
    decode_head=dict(num_classes=21, loss_decode=dict(avg_non_ignore=True)))
# The optimizer and the schedule of SegFormer in the zoo.
optim_wrapper = dict(
    _delete_=True,
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=6e-5, betas=(0.9, 0.999), weight_decay=0.01),
    paramwise_cfg=dict(
        custom_keys={'pos_block': dict(decay_mult=0.), 'norm': dict(decay_mult=0.), 'head': dict(lr_mult=10.)}))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-6, by_epoch=False, begin=0, end=1500),
    dict(type='PolyLR', eta_min=0.0, power=1.0, begin=1500, end=40000, by_epoch=False)
]
