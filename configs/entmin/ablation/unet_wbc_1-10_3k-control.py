# The long schedule: second head and unlabeled forward, no unsupervised loss.
_base_ = './unet_wbc_1-10_3k-black-corners.py'
model = dict(unsupervised_losses=[])
