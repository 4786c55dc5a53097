# Recipe: the corners of turned unlabeled images are black, as those of labeled ones, where they are void.
_base_ = './unet_wbc_1-10_both-statistics.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(pipeline=_base_.black_corners_pipeline)))
