# Table 1, FGMR as printed in Eq. 4, the sum including the stage itself, + adaptive sharpen + class consistency.
_base_ = './deeplabv2_camvid_1-8_paper.py'
model = dict(unsupervised_losses=[
    dict(type='FeatureGradientLoss', accumulate='inclusive', loss_weight=0.01),
    dict(type='AdaptiveSharpeningLoss'),
    dict(type='ClassConsistencyLoss')
])
