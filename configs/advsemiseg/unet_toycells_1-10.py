# The semi-supervised term starts after a quarter of the training; in the paper, at 5,000 of 20,000 iterations.
_base_ = '../_base_/semi/unet_toycells_1-10.py'
model = dict(type='AdvSemiSeg', semi_begin=125)
optim_wrapper = dict(
    constructor='SubmoduleOptimWrapperConstructor',
    submodules=dict(discriminator=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99)))))
