# The baseline of the demo. Twice the labeled images a step: as many images as in a step with unlabeled ones.
_base_ = './unet_toystains_1-10.py'
train_dataloader = dict(batch_size=8)
