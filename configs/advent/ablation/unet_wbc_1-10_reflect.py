# The corners of turned unlabeled images are filled by reflection.
_base_ = '../unet_wbc_1-10.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(pipeline=_base_.unlabeled_pipeline)))
