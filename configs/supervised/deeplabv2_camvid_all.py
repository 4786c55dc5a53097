# The ceiling: every label of the pool.
_base_ = './deeplabv2_camvid_1-8.py'
train_dataloader = dict(dataset=dict(ann_file='splits/train.txt'))
