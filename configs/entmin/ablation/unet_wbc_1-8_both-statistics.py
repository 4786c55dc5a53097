# As unet_wbc_1-10_both-statistics.py.
_base_ = './unet_wbc_1-10_both-statistics.py'
train_dataloader = dict(
    dataset=dict(
        labeled=dict(ann_file='splits/1-8_labeled.txt'), unlabeled=dict(ann_file='splits/1-8_unlabeled.txt')))
