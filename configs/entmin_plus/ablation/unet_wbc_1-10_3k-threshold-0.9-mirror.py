# Recipe, five times the iterations: labels of mirror images where the teacher is sure.
_base_ = './unet_wbc_1-10_3k-threshold-0.9.py'
model = dict(teacher_flips=['horizontal', 'vertical'])
