# Recipe, five times the iterations: every pixel of the teacher's labels, and the consistency loss counts three.
_base_ = '../unet_wbc_1-10_3k.py'
model = dict(threshold=0., consistency_weight=3.)
