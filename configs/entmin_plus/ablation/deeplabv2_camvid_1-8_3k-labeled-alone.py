# Control: what the unlabeled images bring. The labeled images are the unlabeled ones too, without their masks; there
# are no others. Views, pasted classes, losses and cost of a step are the same.
_base_ = '../deeplabv2_camvid_1-8_3k.py'
train_dataloader = dict(dataset=dict(unlabeled=dict(ann_file='splits/1-8_labeled.txt'), labeled_too=True))
