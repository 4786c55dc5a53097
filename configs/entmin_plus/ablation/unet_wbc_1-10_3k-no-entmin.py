# Recipe, five times the iterations: the consistency loss alone.
_base_ = '../unet_wbc_1-10_3k.py'
model = dict(unsup_weight=0.)
