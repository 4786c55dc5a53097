_base_ = './deeplabv2_camvid_1-8_3k.py'
train_dataloader = dict(dataset=dict(ann_file='splits/train.txt'))
