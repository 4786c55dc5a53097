# Twice the labeled images a step: as many images as in a step with unlabeled ones.
_base_ = './unet_wbc_1-10_augmented_3k.py'
train_dataloader = dict(batch_size=8)
