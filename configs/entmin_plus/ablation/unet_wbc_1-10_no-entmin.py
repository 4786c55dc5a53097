# Recipe: the consistency loss alone.
_base_ = '../unet_wbc_1-10.py'
model = dict(unsup_weight=0.)
