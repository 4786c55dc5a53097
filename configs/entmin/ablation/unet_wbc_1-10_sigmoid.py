# Recipe: multi-label classification in place of softmax.
_base_ = '../unet_wbc_1-10.py'
model = dict(cls_head=dict(activation='sigmoid'))
