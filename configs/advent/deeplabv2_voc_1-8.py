# The weight is that of ADVENT, 0.001, without a ramp-up.
_base_ = '../_base_/semi/deeplabv2_voc_1-8.py'
model = dict(type='Advent')
