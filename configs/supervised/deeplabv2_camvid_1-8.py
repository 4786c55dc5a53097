_base_ = [
    '../_base_/models/deeplabv2_lite0.py', '../_base_/datasets/camvid.py', '../_base_/schedules/adamw_1k.py',
    '../_base_/default_runtime.py'
]
# SGD with the rate of the paper, ten times that for the head, needs far more than 1,000 iterations, and larger rates
# diverge. This rate is for AdamW.
optim_wrapper = dict(optimizer=dict(lr=5e-4))
