# Recipe: second head and unlabeled forward, no unsupervised loss, under the recipe's augmentation.
_base_ = '../unet_wbc_1-10.py'
model = dict(unsupervised_losses=[])
