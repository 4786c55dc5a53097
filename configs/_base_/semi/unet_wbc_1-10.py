# What the peer methods start from: the supervised config, augmented, with its unlabeled images beside, 4 labeled and 4
# unlabeled ones a batch, as many labeled ones as the baseline sees.
_base_ = '../../supervised/unet_wbc_1-10_augmented.py'
train_dataloader = dict(
    batch_size=8,
    sampler=dict(_delete_=True, type='LabeledUnlabeledSampler', labeled=4, unlabeled=4),
    dataset=dict(
        _delete_=True,
        type='SemiDataset',
        labeled=_base_.train_dataloader.dataset,
        unlabeled=_base_.unlabeled_dataset))
