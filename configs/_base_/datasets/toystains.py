# Generated blood cells of 48 x 48 pixels: masks of one laboratory, unlabeled and test images of another, see
# `python tools/dataset_converters/toycells.py --help`. All training images are flipped and recolored.
_base_ = './toycells.py'
data_root = 'data/toystains'
augmentation = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomFlip', prob=0.5, direction='vertical'),
    dict(type='PhotoMetricDistortion', brightness_delta=32, contrast_range=(0.75, 1.25), saturation_range=(0.75, 1.25),
         hue_delta=9),
    dict(type='PackSegInputs')
]
labeled_pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), *augmentation]
train_dataloader = dict(batch_size=4, dataset=dict(data_root=data_root, pipeline=labeled_pipeline))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
