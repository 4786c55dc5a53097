# As deeplabv2_camvid_1-8.py, with no classes pasted.
_base_ = '../../entmin/deeplabv2_camvid_1-8_3k.py'
model = dict(type='EntMinConsistency', teacher_flips=['horizontal'], threshold=0.)
