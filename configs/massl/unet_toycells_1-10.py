_base_ = '../_base_/semi/unet_toycells_1-10.py'
model = dict(type='MASSL', reconstruction_head=dict(in_channels=256, channels=(128, 64, 32, 16)))
