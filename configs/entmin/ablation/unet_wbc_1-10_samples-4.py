# Recipe: 4 samples of the logits in Eq. 2.
_base_ = './unet_wbc_1-10_black-corners.py'
model = dict(decode_head=dict(num_samples=4), cls_head=dict(num_samples=4))
