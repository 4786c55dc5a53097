# The baseline with the augmentation of mmseg's street scenes.
_base_ = [
    '../_base_/models/deeplabv2_lite0.py', '../_base_/datasets/camvid_colors.py', '../_base_/schedules/adamw_1k.py',
    '../_base_/default_runtime.py'
]
optim_wrapper = dict(optimizer=dict(lr=5e-4))
