# Recipe: multi-label classification. A street scene has eight classes, whose softmax is an eighth each, and that of
# many of them under the threshold of 1 / C below which class consistency takes a class for absent. The binary cross
# entropy is a sum over the classes; here their mean counts a tenth.
_base_ = '../deeplabv2_camvid_1-8.py'
model = dict(cls_head=dict(activation='sigmoid', loss_weight=0.01))
