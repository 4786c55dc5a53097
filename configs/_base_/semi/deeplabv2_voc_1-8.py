# What the peer methods start from: the supervised config with its unlabeled images beside, 8 labeled and 8
# unlabeled ones a batch, as many labeled ones as the baseline sees.
_base_ = '../../supervised/deeplabv2_voc_1-8.py'
train_dataloader = dict(
    batch_size=16,
    sampler=dict(_delete_=True, type='LabeledUnlabeledSampler', labeled=8, unlabeled=8),
    dataset=dict(
        _delete_=True,
        type='SemiDataset',
        labeled=_base_.train_dataloader.dataset,
        unlabeled=_base_.unlabeled_dataset))
