# As unet_wbc_1-10_filled-control.py, five times the iterations.
_base_ = '../unet_wbc_1-10_3k.py'
model = dict(unsupervised_losses=[])
