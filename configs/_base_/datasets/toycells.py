# Generated blood cells: python tools/dataset_converters/toycells.py data/toycells
dataset_type = 'BloodCellsDataset'
data_root = 'data/toycells'
augmentation = [dict(type='PackSegInputs')]

labeled_pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), *augmentation]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='TestTimeAug', transforms=[
        [dict(type='Resize', scale_factor=1.0, keep_ratio=True)],
        [dict(type='RandomFlip', prob=0., direction='horizontal'),
         dict(type='RandomFlip', prob=1., direction='horizontal')],
        [dict(type='LoadAnnotations')],
        [dict(type='PackSegInputs')]])
]

train_dataloader = dict(
    batch_size=8,
    num_workers=0,  # reading these tiny images takes less time than passing them between processes
    persistent_workers=False,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type=dataset_type, data_root=data_root, ann_file='splits/1-10_labeled.txt',
        data_prefix=dict(img_path='images', seg_map_path='annotations'), pipeline=labeled_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type, data_root=data_root, ann_file='splits/test.txt',
        data_prefix=dict(img_path='images', seg_map_path='annotations'), pipeline=test_pipeline))
test_dataloader = val_dataloader

# nan_to_num: a class that is never predicted counts as 0 in mFscore; without it, the mean would leave the class out.
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU', 'mFscore'], nan_to_num=0)
test_evaluator = val_evaluator
