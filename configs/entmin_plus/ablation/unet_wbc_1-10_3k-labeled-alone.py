# Control: what the unlabeled images bring. As deeplabv2_camvid_1-8_3k-labeled-alone.py.
_base_ = '../unet_wbc_1-10_3k.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(ann_file='splits/1-10_labeled.txt'), labeled_too=True))
