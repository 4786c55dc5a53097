# Recipe: batch norms' running statistics of labeled and unlabeled images, whose corners differ.
_base_ = '../unet_wbc_1-10.py'
model = dict(running_statistics='both')
