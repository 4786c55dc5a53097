# Recipe: the pixels of which the teacher is sure.
_base_ = '../deeplabv2_camvid_1-8.py'
model = dict(threshold=0.95)
