# Leukocyte: 500 training and 500 test images of 256 x 256 pixels. No augmentation, as in the paper.
_base_ = './toycells.py'
data_root = 'data/leukocyte'
train_dataloader = dict(num_workers=2, persistent_workers=True, dataset=dict(data_root=data_root))
val_dataloader = dict(num_workers=2, persistent_workers=True, dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
