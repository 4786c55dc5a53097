# CamVid, 11 classes, 480 x 360 pixels. The test is that of VOC.
_base_ = './voc.py'
dataset_type = 'CamVidDataset'
data_root = 'data/camvid'
crop_size = (192, 192)
augmentation = [
    dict(type='RandomResize', scale=(480, 360), ratio_range=(0.5, 1.5), keep_ratio=True),
    dict(type='RandomCrop', crop_size=crop_size),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PackSegInputs')
]
labeled_pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), *augmentation]

train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        type=dataset_type, data_root=data_root, pipeline=labeled_pipeline,
        data_prefix=dict(img_path='images/train', seg_map_path='annotations/train')))
val_dataloader = dict(
    dataset=dict(
        type=dataset_type, data_root=data_root, ann_file='splits/val.txt',
        data_prefix=dict(img_path='images/val', seg_map_path='annotations/val')))
test_dataloader = val_dataloader
