# Half of the images take the colors of an unlabeled one: all that this training sees of the unlabeled images.
_base_ = './unet_wbc_1-10_augmented.py'
labeled = _base_.train_dataloader.dataset
references = dict(
    type=labeled.type, data_root=labeled.data_root, ann_file='splits/1-10_unlabeled.txt',
    data_prefix=dict(img_path=labeled.data_prefix.img_path))
colors = dict(type='ColorTransfer', prob=0.5, references=references)
train_dataloader = dict(dataset=dict(pipeline=[*labeled.pipeline[:3], colors, *labeled.pipeline[3:]]))
