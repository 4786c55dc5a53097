_base_ = './unet_wbc_1-10_reflected_3k.py'
train_dataloader = dict(dataset=dict(ann_file='splits/train.txt'))
