# The upper bound: every label of the training list.
_base_ = './unet_wbc_1-10.py'
train_dataloader = dict(dataset=dict(ann_file='splits/train.txt'))
