# Recipe: flips alone.
_base_ = '../unet_wbc_1-10.py'
_labeled, _unlabeled = _base_.plain_labeled_pipeline, _base_.plain_unlabeled_pipeline
_flips = _base_.augmentation[:2]
train_dataloader = dict(
    dataset=dict(
        labeled=dict(pipeline=[*_labeled[:-1], *_flips, _labeled[-1]]),
        unlabeled=dict(pipeline=[*_unlabeled[:-1], *_flips, _unlabeled[-1]])))
