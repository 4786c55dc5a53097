# Recipe: the classification loss counts a tenth.
_base_ = './unet_wbc_1-10_black-corners.py'
model = dict(cls_head=dict(loss_weight=0.1))
