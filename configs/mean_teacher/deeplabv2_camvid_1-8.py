# The weight is that in the repository of CPS, 100. It rises over the first third of the training.
_base_ = '../_base_/semi/deeplabv2_camvid_1-8.py'
model = dict(type='MeanTeacher', ramp_up=dict(iters=333))
