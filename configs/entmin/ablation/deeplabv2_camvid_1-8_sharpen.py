# Table 1, CE + sharpen: one temperature for all pixels.
_base_ = './deeplabv2_camvid_1-8_paper.py'
model = dict(unsupervised_losses=[dict(type='AdaptiveSharpeningLoss', temperature=0.5)])
