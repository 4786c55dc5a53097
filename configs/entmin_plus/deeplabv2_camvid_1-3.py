# The fusion of deeplabv2_camvid_1-8.py.
_base_ = '../entmin/deeplabv2_camvid_1-3.py'
model = dict(type='EntMinConsistency', teacher_flips=['horizontal'], threshold=0.)
