# Recipe: class consistency under half of the threshold of the paper, 1 / C.
_base_ = '../unet_toycells_1-10.py'
model = dict(
    unsupervised_losses=[
        dict(type='FeatureGradientLoss'),
        dict(type='AdaptiveSharpeningLoss'),
        dict(type='ClassConsistencyLoss', threshold=1 / 6)
    ])
