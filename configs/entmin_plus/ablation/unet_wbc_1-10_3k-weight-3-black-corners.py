# As unet_wbc_1-10_3k-weight-3.py; the corners of turned unlabeled images are black.
_base_ = './unet_wbc_1-10_3k-weight-3.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(pipeline=_base_.black_corners_pipeline)))
