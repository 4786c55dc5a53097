_base_ = [
    '../_base_/models/deeplabv2_r101.py', '../_base_/datasets/context.py', '../_base_/schedules/sgd_40k.py',
    '../_base_/default_runtime.py'
]
# lr 2.5e-4 and ten times that for weights and biases of the head, as in the paper and in the code of s4GAN.
optim_wrapper = dict(
    optimizer=dict(lr=2.5e-4), paramwise_cfg=dict(custom_keys={'decode_head': dict(lr_mult=10.)}))
model = dict(decode_head=dict(num_classes=60))
