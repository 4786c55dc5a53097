# As deeplabv2_camvid_1-8_sigmoid.py.
_base_ = '../deeplabv2_camvid_1-8_3k.py'
model = dict(cls_head=dict(activation='sigmoid', loss_weight=0.01))
