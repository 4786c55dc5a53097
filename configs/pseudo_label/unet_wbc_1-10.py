# The weight starts to rise at a sixth of the training (T1) and is full at two thirds (T2).
_base_ = '../_base_/semi/unet_wbc_1-10.py'
model = dict(type='PseudoLabel', ramp_up=dict(begin=100, iters=300, form='linear'))
