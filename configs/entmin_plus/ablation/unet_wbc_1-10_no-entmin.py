# Recipe: the consistency loss alone.
_base_ = './unet_wbc_1-10_threshold-0.9.py'
model = dict(unsup_weight=0.)
