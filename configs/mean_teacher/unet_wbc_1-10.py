# The weight is that of SSL4MIS, 0.1. It rises over the first third of the training.
_base_ = '../_base_/semi/unet_wbc_1-10.py'
model = dict(type='MeanTeacher', unsup_weight=0.1, ramp_up=dict(iters=200))
