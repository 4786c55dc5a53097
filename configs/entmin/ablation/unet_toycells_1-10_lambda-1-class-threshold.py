# Recipe: lambda 1, and class consistency under half of the paper's threshold, 1 / C. Where an image shows all classes
# their softmax is 1 / C each, and half of them are under it by chance.
_base_ = './unet_toycells_1-10_lambda-1.py'
model = dict(
    unsupervised_losses=[
        dict(type='FeatureGradientLoss'),
        dict(type='AdaptiveSharpeningLoss'),
        dict(type='ClassConsistencyLoss', threshold=1 / 6)
    ])
