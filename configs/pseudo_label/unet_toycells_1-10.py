# The weight starts to rise at a sixth of the training (T1) and is full at two thirds (T2).
_base_ = '../_base_/semi/unet_toycells_1-10.py'
model = dict(type='PseudoLabel', ramp_up=dict(begin=83, iters=250, form='linear'))
