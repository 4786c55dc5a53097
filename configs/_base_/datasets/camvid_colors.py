# As camvid.py, with mmseg's augmentation of street scenes: other colors, and no crop that one class fills, for labeled
# images; the unlabeled ones have the colors.
_base_ = './camvid.py'
augmentation = [
    dict(type='RandomResize', scale=(480, 360), ratio_range=(0.5, 1.5), keep_ratio=True),
    dict(type='RandomCrop', crop_size=_base_.crop_size, cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(type='PackSegInputs')
]
labeled_pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), *augmentation]
train_dataloader = dict(dataset=dict(pipeline=labeled_pipeline))
