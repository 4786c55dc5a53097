# As deeplabv2_camvid_1-8_labeled-classes.py.
_base_ = '../deeplabv2_camvid_1-8_3k.py'
model = dict(labeled_classes=dict())
