# Recipe: flips and rotation, no other colors.
_base_ = '../unet_wbc_1-10.py'
moved_labeled = [t for t in _base_.labeled_pipeline if t.type != 'PhotoMetricDistortion']
moved_unlabeled = [t for t in _base_.unlabeled_pipeline if t.type != 'PhotoMetricDistortion']
train_dataloader = dict(dataset=dict(labeled=dict(pipeline=moved_labeled), unlabeled=dict(pipeline=moved_unlabeled)))
