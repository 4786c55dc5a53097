# As unet_wbc_1-10_threshold-0.9.py.
_base_ = './unet_wbc_1-10_threshold-0.9.py'
train_dataloader = dict(
    dataset=dict(
        labeled=dict(ann_file='splits/1-20_labeled.txt'), unlabeled=dict(ann_file='splits/1-20_unlabeled.txt')))
