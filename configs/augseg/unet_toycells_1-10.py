_base_ = '../_base_/semi/unet_toycells_1-10.py'
model = dict(type='AugSeg')
