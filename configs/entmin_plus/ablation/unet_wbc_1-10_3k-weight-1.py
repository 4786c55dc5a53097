# Recipe, five times the iterations: every pixel of the labels of mirror images counts, at weight 1.
_base_ = './unet_wbc_1-10_3k-weight-3-black-corners.py'
model = dict(consistency_weight=1.)
