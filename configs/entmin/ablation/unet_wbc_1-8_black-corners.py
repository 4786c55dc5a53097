# As unet_wbc_1-10_black-corners.py.
_base_ = './unet_wbc_1-10_black-corners.py'
train_dataloader = dict(
    dataset=dict(
        labeled=dict(ann_file='splits/1-8_labeled.txt'), unlabeled=dict(ann_file='splits/1-8_unlabeled.txt')))
