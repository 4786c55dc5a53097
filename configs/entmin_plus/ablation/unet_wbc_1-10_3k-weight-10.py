# Recipe, five times the iterations: the consistency loss counts ten.
_base_ = '../unet_wbc_1-10_3k.py'
model = dict(consistency_weight=10.)
