_base_ = '../supervised/unet_wbc_1-10_augmented.py'

model = dict(
    type='SemiSegmentor',
    decode_head=dict(_delete_=True, type='UncertaintyHead', head=_base_.model.decode_head),
    cls_head=dict(type='UncertaintyClsHead', in_channels=128, num_classes=3))

# 4 labeled and 4 unlabeled images a batch: as many labeled ones as the supervised baseline sees.
train_dataloader = dict(
    batch_size=8,
    sampler=dict(_delete_=True, type='LabeledUnlabeledSampler', labeled=4, unlabeled=4),
    dataset=dict(
        _delete_=True,
        type='SemiDataset',
        labeled=_base_.train_dataloader.dataset,
        unlabeled=_base_.unlabeled_dataset))
