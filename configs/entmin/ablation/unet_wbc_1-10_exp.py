# Recipe: variance exp(raw) in place of softplus(raw).
_base_ = './unet_wbc_1-10_black-corners.py'
model = dict(decode_head=dict(variance='exp'), cls_head=dict(variance='exp'))
