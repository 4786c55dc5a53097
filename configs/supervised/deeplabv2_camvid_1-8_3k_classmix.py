# Classes of labeled images are pasted onto other labeled ones, as in
# ../entmin/ablation/deeplabv2_camvid_1-8_3k-classmix.py: what of its gain comes from masks alone.
_base_ = './deeplabv2_camvid_1-8_3k.py'
model = dict(data_preprocessor=dict(type='ClassMixPreProcessor'))
