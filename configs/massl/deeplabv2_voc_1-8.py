_base_ = '../_base_/semi/deeplabv2_voc_1-8.py'
model = dict(type='MASSL', reconstruction_head=dict(in_channels=2048, channels=(256, 128, 64)))
