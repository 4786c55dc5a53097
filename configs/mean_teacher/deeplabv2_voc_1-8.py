# The weight of CPS's repository, 100, which rises over the first third of the training.
_base_ = '../_base_/semi/deeplabv2_voc_1-8.py'
model = dict(type='MeanTeacher', ramp_up=dict(iters=13333))
