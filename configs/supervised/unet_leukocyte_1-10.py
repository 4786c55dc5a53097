_base_ = [
    '../_base_/models/unet.py', '../_base_/datasets/leukocyte.py', '../_base_/schedules/sgd_40k.py',
    '../_base_/default_runtime.py'
]
