# Classes of labeled images are pasted onto other labeled ones: the augmentation of deeplabv2_camvid_1-8_3k.py of
# ../entmin alone.
_base_ = './deeplabv2_camvid_1-8_3k.py'
model = dict(data_preprocessor=dict(type='ClassMixPreProcessor'))
