# Recipe: flips alone.
_base_ = './unet_wbc_1-10_flips-rotation.py'
train_dataloader = dict(
    dataset=dict(
        labeled=dict(pipeline=[t for t in _base_.moved_labeled if t.type != 'RandomRotate']),
        unlabeled=dict(pipeline=[t for t in _base_.moved_unlabeled if t.type != 'RandomRotate'])))
