# The baseline with the augmentation of configs/entmin: how much of the gain comes from the labeled images alone.
_base_ = [
    '../_base_/models/unet_w8.py', '../_base_/datasets/wbc_augmented.py', '../_base_/schedules/adamw_600.py',
    '../_base_/default_runtime.py'
]
