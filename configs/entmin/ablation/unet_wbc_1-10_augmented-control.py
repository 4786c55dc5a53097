# Recipe: second head and unlabeled forward, no unsupervised loss, under the recipe's augmentation.
_base_ = './unet_wbc_1-10_black-corners.py'
model = dict(unsupervised_losses=[])
