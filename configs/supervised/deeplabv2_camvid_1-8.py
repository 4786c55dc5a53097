_base_ = [
    '../_base_/models/deeplabv2_lite0.py', '../_base_/datasets/camvid.py', '../_base_/schedules/sgd_2k.py',
    '../_base_/default_runtime.py'
]
optim_wrapper = dict(
    optimizer=dict(lr=2.5e-3), paramwise_cfg=dict(custom_keys={'decode_head': dict(lr_mult=10.)}))
