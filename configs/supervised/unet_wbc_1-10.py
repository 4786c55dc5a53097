_base_ = [
    '../_base_/models/unet_w16.py', '../_base_/datasets/wbc.py', '../_base_/schedules/adamw_500.py',
    '../_base_/default_runtime.py'
]
