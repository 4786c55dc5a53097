_base_ = './unet_wbc_1-10_augmented.py'
train_dataloader = dict(dataset=dict(ann_file='splits/1-3_labeled.txt'))
