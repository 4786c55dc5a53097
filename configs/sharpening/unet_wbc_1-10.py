_base_ = '../_base_/semi/unet_wbc_1-10.py'
model = dict(
    type='Advent',
    unsupervised_losses=[dict(type='AdaptiveSharpeningLoss', temperature=0.5)],
    unsup_weight=0.1,
    ramp_up=dict(iters=200))
