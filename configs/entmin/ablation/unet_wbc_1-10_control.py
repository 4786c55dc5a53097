# Table 1, control: second head and unlabeled forward, no unsupervised loss.
_base_ = './unet_wbc_1-10_paper.py'
model = dict(unsupervised_losses=[])
