# Table 1, CE + sharpen: one temperature for all pixels.
_base_ = './unet_wbc_1-10_paper.py'
model = dict(unsupervised_losses=[dict(type='AdaptiveSharpeningLoss', temperature=0.5)])
