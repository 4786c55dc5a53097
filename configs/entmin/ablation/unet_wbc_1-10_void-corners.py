# Recipe: the black corners of turned unlabeled images are void, as those of labeled ones, in place of reflections.
_base_ = './unet_wbc_1-10_both-statistics.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(pipeline=_base_.void_corners_pipeline)))
