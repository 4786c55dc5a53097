# Twice the labeled images a step: as many images as in a step with unlabeled ones.
_base_ = './deeplabv2_camvid_1-8_3k.py'
train_dataloader = dict(batch_size=8)
