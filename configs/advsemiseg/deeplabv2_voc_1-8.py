# The semi-supervised term sets in after a quarter of the training, as at 5,000 of 20,000 there.
_base_ = '../_base_/semi/deeplabv2_voc_1-8.py'
model = dict(type='AdvSemiSeg', semi_begin=10000)
optim_wrapper = dict(
    constructor='SubmoduleOptimWrapperConstructor',
    submodules=dict(discriminator=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99)))))
