# Twice the labeled images a step of unet_toycells_1-10.py: about what a step with unlabeled images costs.
_base_ = './unet_toycells_1-10.py'
train_dataloader = dict(batch_size=16)
