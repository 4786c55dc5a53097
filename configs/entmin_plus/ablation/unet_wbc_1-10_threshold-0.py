# Recipe: every pixel of the teacher's labels.
_base_ = './unet_wbc_1-10_threshold-0.9.py'
model = dict(threshold=0.)
