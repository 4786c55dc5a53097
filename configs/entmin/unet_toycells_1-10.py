_base_ = '../supervised/unet_toycells_1-10.py'

model = dict(
    type='SemiSegmentor',
    decode_head=dict(_delete_=True, type='UncertaintyHead', head=_base_.model.decode_head),
    cls_head=dict(type='UncertaintyClsHead', in_channels=256, num_classes=3))

# 8 labeled and 8 unlabeled images a batch: as many labeled ones as the supervised baseline sees.
train_dataloader = dict(
    batch_size=16,
    sampler=dict(_delete_=True, type='LabeledUnlabeledSampler', labeled=8, unlabeled=8),
    dataset=dict(
        _delete_=True,
        type='SemiDataset',
        labeled=_base_.train_dataloader.dataset,
        unlabeled=_base_.unlabeled_dataset))
