# As deeplabv2_camvid_1-8.py; the weights rise over the first third here too.
_base_ = '../supervised/deeplabv2_camvid_1-8_3k.py'
from mmseg_entmin.config import semi_supervised
model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(
    _base_, unlabeled='splits/1-8_unlabeled.txt', cls_head=dict(loss_weight=0.1), unsup_weight=1.,
    ramp_up=dict(iters=1000), unsupervised_losses=[
        dict(type='FeatureGradientLoss', loss_weight=0.01),
        dict(type='AdaptiveSharpeningLoss'),
        dict(type='ClassConsistencyLoss')
    ])
