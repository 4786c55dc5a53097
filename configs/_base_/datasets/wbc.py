# WBC Dataset 1 (Zheng et al. 2018): 300 white blood cells of about 120 x 120 pixels, resized to 48 x 48.
# No augmentation, as in the paper.
dataset_type = 'BloodCellsDataset'
data_root = 'data/wbc1'
crop_size = (48, 48)
resize = dict(type='Resize', scale=crop_size, keep_ratio=False)

labeled_pipeline = [
    dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), resize, dict(type='PackSegInputs')]
unlabeled_pipeline = [dict(type='LoadImageFromFile'), resize, dict(type='PackSegInputs')]
# Annotations are loaded after the resizing, so that the prediction is evaluated at the original size.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    resize,
    dict(type='LoadAnnotations'),
    dict(type='PackSegInputs')
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='TestTimeAug', transforms=[
        [resize],
        [dict(type='RandomFlip', prob=0., direction='horizontal'),
         dict(type='RandomFlip', prob=1., direction='horizontal')],
        [dict(type='LoadAnnotations')],
        [dict(type='PackSegInputs')]])
]

train_dataloader = dict(
    batch_size=4,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type=dataset_type, data_root=data_root, ann_file='splits/1-10_labeled.txt',
        data_prefix=dict(img_path='images', seg_map_path='annotations'), pipeline=labeled_pipeline))
val_dataloader = dict(
    batch_size=1,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type=dataset_type, data_root=data_root, ann_file='splits/test.txt',
        data_prefix=dict(img_path='images', seg_map_path='annotations'), pipeline=test_pipeline))
test_dataloader = val_dataloader

# nan_to_num: a class that is never predicted counts as 0 in mFscore; without it, the mean would leave the class out.
val_evaluator = dict(type='ClassIoUMetric', iou_metrics=['mIoU', 'mFscore'], nan_to_num=0)
test_evaluator = val_evaluator
