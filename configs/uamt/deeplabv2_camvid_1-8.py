# Weight and threshold rise over the whole training.
_base_ = '../_base_/semi/deeplabv2_camvid_1-8.py'
model = dict(type='UAMT', threshold_iters=1000, ramp_up=dict(iters=1000))
