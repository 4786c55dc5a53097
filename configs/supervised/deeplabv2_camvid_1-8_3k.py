# 3,000 iterations, three times those of deeplabv2_camvid_1-8.py.
_base_ = [
    '../_base_/models/deeplabv2_lite0.py', '../_base_/datasets/camvid.py', '../_base_/schedules/adamw_3k.py',
    '../_base_/default_runtime.py'
]
optim_wrapper = dict(optimizer=dict(lr=5e-4))
