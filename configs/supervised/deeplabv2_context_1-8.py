_base_ = [
    '../_base_/models/deeplabv2_r101.py', '../_base_/datasets/context.py', '../_base_/schedules/sgd_40k.py',
    '../_base_/default_runtime.py'
]
# lr 2.5e-4, ten times that for the head (weights and biases alike), as the paper and s4GAN's code.
optim_wrapper = dict(
    optimizer=dict(lr=2.5e-4), paramwise_cfg=dict(custom_keys={'decode_head': dict(lr_mult=10.)}))
model = dict(decode_head=dict(num_classes=60))
