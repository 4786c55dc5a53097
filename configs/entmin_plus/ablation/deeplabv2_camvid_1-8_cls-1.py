# Recipe, as first tried: labels of single images where the teacher is sure, the classification loss whole.
_base_ = '../../entmin/ablation/deeplabv2_camvid_1-8_paper.py'
model = dict(type='EntMinConsistency', threshold=0.95)
