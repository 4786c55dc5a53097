# Recipe: boxes of labeled images, under their true labels, pasted onto the unlabeled ones.
_base_ = '../unet_wbc_1-10.py'
model = dict(labeled_boxes=dict(prob=1.))
