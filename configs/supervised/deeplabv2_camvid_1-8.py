_base_ = [
    '../_base_/models/deeplabv2_lite0.py', '../_base_/datasets/camvid.py', '../_base_/schedules/adamw_1k.py',
    '../_base_/default_runtime.py'
]
# With SGD of the paper's rate, ten times that for the head, 1,000 iterations are far too few; larger rates diverge.
optim_wrapper = dict(optimizer=dict(lr=5e-4))
