# Control: what the unlabeled images bring. As ../../entmin/ablation/unet_wbc_1-20_labeled-alone.py.
_base_ = '../unet_wbc_1-20.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(ann_file='splits/1-20_labeled.txt'), labeled_too=True))
