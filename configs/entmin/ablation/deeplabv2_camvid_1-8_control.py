# Table 1, control: second head and unlabeled forward, no unsupervised loss.
_base_ = './deeplabv2_camvid_1-8_paper.py'
model = dict(unsupervised_losses=[])
