# As unet_wbc_1-10_both-statistics.py.
_base_ = '../unet_wbc_1-10_3k.py'
model = dict(running_statistics='both')
