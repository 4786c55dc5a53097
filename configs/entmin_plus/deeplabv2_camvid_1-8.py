# The teacher's labels on the unlabeled images are trained on in images of other colors with exchanged boxes.
_base_ = '../entmin/deeplabv2_camvid_1-8.py'
model = dict(type='ConsistencySegmentor', threshold=0.95)
