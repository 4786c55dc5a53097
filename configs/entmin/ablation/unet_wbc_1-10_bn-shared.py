# Recipe: labeled and unlabeled images share batch statistics.
_base_ = './unet_wbc_1-10_black-corners.py'
model = dict(batch_norm='shared')
