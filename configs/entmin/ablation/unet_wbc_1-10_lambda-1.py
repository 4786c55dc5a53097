# Recipe: lambda 1 in place of 0.1.
_base_ = './unet_wbc_1-10_black-corners.py'
model = dict(unsup_weight=1.)
