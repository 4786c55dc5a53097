# Table 1, control: second head and unlabeled forward, no unsupervised loss.
_base_ = '../deeplabv2_voc_1-8.py'
model = dict(unsupervised_losses=[])
