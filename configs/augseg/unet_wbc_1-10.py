_base_ = '../_base_/semi/unet_wbc_1-10.py'
model = dict(type='AugSeg')
