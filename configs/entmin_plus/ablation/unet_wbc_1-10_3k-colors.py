# Recipe, five times the iterations: somewhat other colors, boxes in every image.
_base_ = './unet_wbc_1-10_3k-colors-weight-1.py'
model = dict(consistency_weight=3.)
