# As unet_wbc_1-10_labeled-boxes.py.
_base_ = '../unet_wbc_1-10_3k.py'
model = dict(labeled_boxes=dict(prob=1.))
