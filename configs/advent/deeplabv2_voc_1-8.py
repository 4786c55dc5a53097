# ADVENT's weight, 0.001, without a ramp.
_base_ = '../_base_/semi/deeplabv2_voc_1-8.py'
model = dict(type='Advent')
