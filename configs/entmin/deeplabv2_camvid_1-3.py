_base_ = './deeplabv2_camvid_1-8.py'
train_dataloader = dict(
    dataset=dict(
        labeled=dict(ann_file='splits/1-3_labeled.txt'), unlabeled=dict(ann_file='splits/1-3_unlabeled.txt')))
