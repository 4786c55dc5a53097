# The ceiling: every label of the pool.
_base_ = './unet_wbc_1-10.py'
train_dataloader = dict(dataset=dict(ann_file='splits/train.txt'))
