# The baseline with the augmentation of configs/entmin: what of their gain comes from masks alone.
_base_ = [
    '../_base_/models/unet_w8.py', '../_base_/datasets/wbc_augmented.py', '../_base_/schedules/adamw_600.py',
    '../_base_/default_runtime.py'
]
