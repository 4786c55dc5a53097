# Recipe: flips and rotation, no other colors.
_base_ = './unet_wbc_1-10_black-corners.py'
moved_labeled = [t for t in _base_.labeled_pipeline if t.type != 'PhotoMetricDistortion']
moved_unlabeled = [t for t in moved_labeled if t.type != 'LoadAnnotations']
train_dataloader = dict(dataset=dict(labeled=dict(pipeline=moved_labeled), unlabeled=dict(pipeline=moved_unlabeled)))
