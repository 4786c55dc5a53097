# With the MLMT classifier. Its consistency loss starts after a tenth of the training and rises over half of it.
_base_ = '../_base_/semi/deeplabv2_voc_1-8.py'
model = dict(
    type='S4GAN',
    classifier=dict(
        backbone=dict(
            type='ResNet', depth=101, norm_cfg=dict(type='BN'), style='pytorch',
            init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet101')),
        in_channels=2048,
        ramp_up=dict(begin=4000, iters=20000, form='linear')))
optim_wrapper = dict(
    constructor='SubmoduleOptimWrapperConstructor',
    submodules=dict(
        discriminator=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99))),
        classifier=dict(
            optimizer=dict(type='SGD', lr=0.03, momentum=0.9, nesterov=True, weight_decay=1e-5))))
# The classifier's rate falls along a cosine, as in the released code.
param_scheduler = dict(
    _delete_=True, segmentor=_base_.param_scheduler, discriminator=_base_.param_scheduler,
    classifier=[dict(type='CosineAnnealingLR', T_max=40000, eta_min=1e-4, begin=0, end=40000, by_epoch=False)])
