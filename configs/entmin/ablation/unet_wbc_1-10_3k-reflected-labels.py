# Recipe: the corners of turned labeled images are filled by reflection too, mask and all, in place of void.
_base_ = './unet_wbc_1-10_3k-both-statistics.py'
train_dataloader = dict(dataset=dict(labeled=dict(pipeline=_base_.reflected_labeled_pipeline)))
