# Recipe: the classification loss counts a tenth.
_base_ = '../unet_wbc_1-10.py'
model = dict(cls_head=dict(loss_weight=0.1))
