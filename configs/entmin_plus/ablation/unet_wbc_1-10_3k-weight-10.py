# Recipe, five times the iterations: the consistency loss counts ten.
_base_ = './unet_wbc_1-10_3k-weight-3-black-corners.py'
model = dict(consistency_weight=10.)
