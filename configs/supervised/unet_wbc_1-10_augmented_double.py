# Twice the labeled images a step of unet_wbc_1-10_augmented.py: about what a step with unlabeled images costs.
_base_ = './unet_wbc_1-10_augmented.py'
train_dataloader = dict(batch_size=8)
