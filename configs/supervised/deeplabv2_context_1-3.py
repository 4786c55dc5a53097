_base_ = './deeplabv2_context_1-8.py'
train_dataloader = dict(dataset=dict(ann_file='splits/1-3_labeled.txt'))
