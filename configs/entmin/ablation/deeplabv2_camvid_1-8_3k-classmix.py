# Classes of labeled images are pasted onto other labeled ones.
_base_ = '../deeplabv2_camvid_1-8_3k.py'
model = dict(data_preprocessor=dict(type='ClassMixPreProcessor'))
