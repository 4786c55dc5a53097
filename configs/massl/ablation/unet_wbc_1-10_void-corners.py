# The black corners of turned unlabeled images are void, as those of labeled ones; but MASSL does not read which pixels
# are void: its reconstruction loss learns them all the same.
_base_ = '../unet_wbc_1-10.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(pipeline=_base_.void_corners_pipeline)))
