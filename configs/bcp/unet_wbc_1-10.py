# Unlabeled images count after a quarter of the training, as 10,000 of the 40,000 steps of the released code.
_base_ = '../_base_/semi/unet_wbc_1-10.py'
model = dict(type='BCP', ramp_up=dict(begin=150))
