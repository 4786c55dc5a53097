_base_ = '../_base_/semi/deeplabv2_camvid_1-8.py'
model = dict(type='MASSL', reconstruction_head=dict(in_channels=320, channels=(128, 64, 32, 16)))
