# Control: colors are all that the unlabeled images give; the labeled ones take their place in all else.
_base_ = './unet_wbc_1-10_3k-labeled-alone.py'
labeled = _base_.train_dataloader.dataset.labeled
references = dict(
    type=labeled.type, data_root=labeled.data_root, ann_file='splits/1-10_unlabeled.txt',
    data_prefix=dict(img_path=labeled.data_prefix.img_path))
colors = dict(type='ColorTransfer', prob=0.5, references=references)
train_dataloader = dict(dataset=dict(labeled=dict(pipeline=[*labeled.pipeline[:3], colors, *labeled.pipeline[3:]])))
