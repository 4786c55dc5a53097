# Recipe, five times the iterations: the teacher labels single images.
_base_ = '../unet_wbc_1-10_3k.py'
model = dict(teacher_flips=[])
