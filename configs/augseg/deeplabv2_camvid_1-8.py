_base_ = '../_base_/semi/deeplabv2_camvid_1-8.py'
model = dict(type='AugSeg')
