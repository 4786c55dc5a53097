# T1 and T2 at a sixth and two thirds of the training.
_base_ = '../_base_/semi/deeplabv2_camvid_1-8.py'
model = dict(type='PseudoLabel', ramp_up=dict(begin=166, iters=500, form='linear'))
