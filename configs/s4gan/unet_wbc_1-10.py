# Without the MLMT classifier: every class is in every image.
_base_ = '../_base_/semi/unet_wbc_1-10.py'
model = dict(type='S4GAN')
optim_wrapper = dict(
    constructor='SubmoduleOptimWrapperConstructor',
    submodules=dict(discriminator=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99)))))
