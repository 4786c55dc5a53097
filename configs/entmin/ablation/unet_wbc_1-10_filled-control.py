# The control of the recipe as it is, corners filled: second head and unlabeled forward, no unsupervised loss.
_base_ = '../unet_wbc_1-10.py'
model = dict(unsupervised_losses=[])
