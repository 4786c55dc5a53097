# Weight and threshold rise over the whole training.
_base_ = '../_base_/semi/deeplabv2_voc_1-8.py'
model = dict(type='UAMT', threshold_iters=40000, ramp_up=dict(iters=40000))
