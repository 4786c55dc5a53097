# Table 1, FGMR as printed in Eq. 4, the sum including the stage itself, + adaptive sharpen + class consistency.
_base_ = './unet_wbc_1-10_paper.py'
model = dict(unsupervised_losses=[
    dict(type='FeatureGradientLoss', accumulate='inclusive'),
    dict(type='AdaptiveSharpeningLoss'),
    dict(type='ClassConsistencyLoss')
])
