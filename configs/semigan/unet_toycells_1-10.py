_base_ = '../_base_/semi/unet_toycells_1-10.py'
model = dict(type='SemiGAN')
optim_wrapper = dict(
    constructor='SubmoduleOptimWrapperConstructor',
    submodules=dict(generator=dict(optimizer=dict(type='Adam', lr=2e-4, betas=(0.5, 0.999)))))
