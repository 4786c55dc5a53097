# The black corners of turned unlabeled images are void, as those of labeled ones: no loss learns them.
_base_ = '../unet_wbc_1-10.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(pipeline=_base_.void_corners_pipeline)))
