# Without the MLMT classifier: the paper has none for street scenes.
_base_ = '../_base_/semi/deeplabv2_camvid_1-8.py'
model = dict(type='S4GAN')
optim_wrapper = dict(
    constructor='SubmoduleOptimWrapperConstructor',
    submodules=dict(discriminator=dict(optimizer=dict(type='Adam', lr=1e-4, betas=(0.9, 0.99)))))
