# 3,000 iterations, five times those of unet_wbc_1-10_augmented.py.
_base_ = [
    '../_base_/models/unet_w8.py', '../_base_/datasets/wbc_augmented.py', '../_base_/schedules/adamw_3k.py',
    '../_base_/default_runtime.py'
]
