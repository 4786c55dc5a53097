# T1 and T2 at a sixth and two thirds of the training.
_base_ = '../_base_/semi/unet_wbc_1-10.py'
model = dict(type='PseudoLabel', ramp_up=dict(begin=100, iters=300, form='linear'))
