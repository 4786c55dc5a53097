# The semi-supervised term starts after a quarter of the training; in the paper, at 5,000 of 20,000 iterations.
_base_ = '../_base_/semi/deeplabv2_camvid_1-8.py'
model = dict(type='AdvSemiSeg', semi_begin=250)
optim_wrapper = dict(
    constructor='SubmoduleOptimWrapperConstructor',
    submodules=dict(discriminator=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99)))))
