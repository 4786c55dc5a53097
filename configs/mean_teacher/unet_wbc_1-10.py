# The weight rises over the first third of the training.
_base_ = '../_base_/semi/unet_wbc_1-10.py'
model = dict(type='MeanTeacher', ramp_up=dict(iters=200))
