_base_ = '../_base_/semi/unet_wbc_1-10.py'
model = dict(type='MASSL', reconstruction_head=dict(in_channels=128, channels=(64, 32, 16, 8)))
