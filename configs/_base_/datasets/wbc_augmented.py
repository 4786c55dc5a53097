# Flips, any rotation and other colors, for labeled and unlabeled images. The corners of a rotated labeled image are
# ignored (255). Those of an unlabeled image would be black, and a network that takes them for nucleus would be trained
# on that. `unlabeled_pipeline` fills them by reflection; `void_corners_pipeline` excludes them from every pixel
# loss.
_base_ = './wbc.py'
from mmseg_entmin.config.unlabeled_dataset import derived_pipeline, without_annotations
flips = [
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomFlip', prob=0.5, direction='vertical')
]
colors = dict(
    type='PhotoMetricDistortion', brightness_delta=32, contrast_range=(0.75, 1.25), saturation_range=(0.75, 1.25),
    hue_delta=9)
plain_labeled_pipeline, plain_unlabeled_pipeline = _base_.labeled_pipeline, _base_.unlabeled_pipeline
rotate = dict(type='RandomRotate', prob=1., degree=180, pad_val=0, seg_pad_val=255)
labeled_pipeline = [*_base_.labeled_pipeline[:-1], *flips, rotate, colors, dict(type='PackSegInputs')]
reflect = dict(type='RandomRotateReflect', prob=1., degree=180)
unlabeled_pipeline = [*_base_.unlabeled_pipeline[:-1], *flips, reflect, colors, dict(type='PackSegInputs')]
reflected_labeled_pipeline = [reflect if step['type'] == 'RandomRotate' else step for step in labeled_pipeline]
black_corners_pipeline = without_annotations(labeled_pipeline)
void_corners_pipeline = derived_pipeline(labeled_pipeline)
train_dataloader = dict(dataset=dict(pipeline=labeled_pipeline))
