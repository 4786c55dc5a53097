# T1 and T2 at a sixth and two thirds of the training.
_base_ = '../_base_/semi/unet_toycells_1-10.py'
model = dict(type='PseudoLabel', ramp_up=dict(begin=83, iters=250, form='linear'))
