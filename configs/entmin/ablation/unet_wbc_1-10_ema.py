# Recipe: test with an average of the weights.
_base_ = './unet_wbc_1-10_black-corners.py'
custom_hooks = [dict(type='EMAHook', momentum=0.02, update_buffers=True)]
