# Table 1, CE + class consistency.
_base_ = './unet_wbc_1-10_paper.py'
model = dict(unsupervised_losses=[dict(type='ClassConsistencyLoss')])
