# Unlabeled images count after a quarter of the training. A street scene has several objects of a class.
_base_ = '../_base_/semi/deeplabv2_camvid_1-8.py'
model = dict(type='BCP', largest_component=False, ramp_up=dict(begin=250))
