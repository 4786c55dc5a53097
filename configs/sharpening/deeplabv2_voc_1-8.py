_base_ = '../_base_/semi/deeplabv2_voc_1-8.py'
model = dict(
    type='Advent',
    unsupervised_losses=[dict(type='AdaptiveSharpeningLoss', temperature=0.5)],
    unsup_weight=0.1)
