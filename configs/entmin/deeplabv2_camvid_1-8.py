_base_ = '../supervised/deeplabv2_camvid_1-8.py'
from mmseg_entmin.config import semi_supervised
# The classification loss has the weight 0.1. At full weight, without any unsupervised loss, the network is worse than
# the supervised one. The feature maps of this encoder are not normalized: their gradients are about a hundred times
# those of a U-Net, so that the weight of their loss is 0.01.
model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(
    _base_, unlabeled='splits/1-8_unlabeled.txt', cls_head=dict(loss_weight=0.1), unsup_weight=1.,
    ramp_up=dict(iters=300), unsupervised_losses=[
        dict(type='FeatureGradientLoss', loss_weight=0.01),
        dict(type='AdaptiveSharpeningLoss'),
        dict(type='ClassConsistencyLoss')
    ])
