# The base of the peers: the augmented supervised config and its unlabeled images, 4 labeled and 4 unlabeled ones in a
# batch.
_base_ = '../../supervised/unet_wbc_1-10_augmented.py'
from mmseg_entmin.config import with_unlabeled
train_dataloader = with_unlabeled(
    _base_, unlabeled=dict(ann_file='splits/1-10_unlabeled.txt', pipeline=_base_.black_corners_pipeline))
