# The paper's settings: no augmentation, lambda 0.1, FGMR + adaptive sharpen + class consistency.
_base_ = './unet_wbc_1-10_both-statistics.py'
train_dataloader = dict(
    dataset=dict(
        labeled=dict(pipeline=_base_.plain_labeled_pipeline), unlabeled=dict(pipeline=_base_.plain_unlabeled_pipeline)))
