# Recipe: the classification loss counts a tenth.
_base_ = '../deeplabv2_camvid_1-8.py'
model = dict(cls_head=dict(loss_weight=0.1))
