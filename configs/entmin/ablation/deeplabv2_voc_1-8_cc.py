# Table 1, CE + class consistency.
_base_ = '../deeplabv2_voc_1-8.py'
model = dict(unsupervised_losses=[dict(type='ClassConsistencyLoss')])
