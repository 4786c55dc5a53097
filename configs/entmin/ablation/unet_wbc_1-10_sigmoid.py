# Recipe: multi-label classification in place of softmax.
_base_ = './unet_wbc_1-10_black-corners.py'
model = dict(cls_head=dict(activation='sigmoid'))
