# Table 1, CE + adaptive sharpen.
_base_ = './deeplabv2_camvid_1-8_paper.py'
model = dict(unsupervised_losses=[dict(type='AdaptiveSharpeningLoss')])
