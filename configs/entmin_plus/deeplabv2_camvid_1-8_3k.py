# As deeplabv2_camvid_1-8.py, and half of the classes of labeled images lie on the unlabeled ones, under their true
# labels: on held-out training images far ahead at this length, behind at 1,000 iterations.
_base_ = '../entmin/deeplabv2_camvid_1-8_3k.py'
model = dict(type='EntMinConsistency', teacher_flips=['horizontal'], threshold=0., labeled_classes=dict())
