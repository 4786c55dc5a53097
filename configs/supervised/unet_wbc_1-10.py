_base_ = [
    '../_base_/models/unet_w8.py', '../_base_/datasets/wbc.py', '../_base_/schedules/adamw_600.py',
    '../_base_/default_runtime.py'
]
