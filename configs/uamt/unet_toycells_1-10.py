# Weight and threshold rise over the whole training.
_base_ = '../_base_/semi/unet_toycells_1-10.py'
model = dict(type='UAMT', threshold_iters=500, ramp_up=dict(iters=500))
