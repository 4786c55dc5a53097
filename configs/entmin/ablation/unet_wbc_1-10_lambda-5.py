# Recipe: lambda 5, which rises over the first 200 iterations.
_base_ = './unet_wbc_1-10_black-corners.py'
model = dict(unsup_weight=5., ramp_up=dict(iters=200))
