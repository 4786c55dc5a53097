# SSL4MIS's weight, 0.1, which rises over the first third of the training.
_base_ = '../_base_/semi/unet_toycells_1-10.py'
model = dict(type='MeanTeacher', unsup_weight=0.1, ramp_up=dict(iters=166))
