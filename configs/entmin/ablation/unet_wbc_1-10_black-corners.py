# Recipe: the corners of turned unlabeled images are black, as those of labeled ones, where they are void.
_base_ = '../unet_wbc_1-10.py'
train_dataloader = dict(
    dataset=dict(
        unlabeled=dict(pipeline=[step for step in _base_.labeled_pipeline if step.type != 'LoadAnnotations'])))
