# As unet_wbc_1-10_black-corners.py, five times the iterations.
_base_ = './unet_wbc_1-10_3k-both-statistics.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(pipeline=_base_.black_corners_pipeline)))
