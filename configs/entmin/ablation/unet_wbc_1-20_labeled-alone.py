# Control: what the unlabeled images bring. The labeled images are the unlabeled ones too, without their masks; there
# are no others.
_base_ = '../unet_wbc_1-20.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(ann_file='splits/1-20_labeled.txt'), labeled_too=True))
