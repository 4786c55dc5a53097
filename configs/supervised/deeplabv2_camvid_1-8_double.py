# Twice the labeled images a step of deeplabv2_camvid_1-8.py: about what a step with unlabeled images costs.
_base_ = './deeplabv2_camvid_1-8.py'
train_dataloader = dict(batch_size=8)
