# The augmentation is that of configs/entmin/unet_toystains_1-10.py.
_base_ = [
    '../_base_/models/unet_w8.py', '../_base_/datasets/toystains.py', '../_base_/schedules/adamw_300.py',
    '../_base_/default_runtime.py'
]
