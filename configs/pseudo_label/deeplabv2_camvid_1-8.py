# The weight starts to rise at a sixth of the training (T1) and is full at two thirds (T2).
_base_ = '../_base_/semi/deeplabv2_camvid_1-8.py'
model = dict(type='PseudoLabel', ramp_up=dict(begin=166, iters=500, form='linear'))
