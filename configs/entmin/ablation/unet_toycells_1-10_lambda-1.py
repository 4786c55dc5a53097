# Recipe: lambda 1, which rises over the first third of the training.
_base_ = '../unet_toycells_1-10.py'
model = dict(unsup_weight=1., ramp_up=dict(iters=166))
