# Table 1, control: plain entropy in place of the paper's three losses.
_base_ = './unet_wbc_1-10_paper.py'
model = dict(unsupervised_losses=[dict(type='EntropyLoss')])
