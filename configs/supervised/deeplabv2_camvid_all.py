# The upper bound: every label of the training list.
_base_ = './deeplabv2_camvid_1-8.py'
train_dataloader = dict(dataset=dict(ann_file='splits/train.txt'))
