# Recipe: no boxes exchanged.
_base_ = './unet_wbc_1-10_threshold-0.9.py'
model = dict(cutmix=dict(prob=0.))
