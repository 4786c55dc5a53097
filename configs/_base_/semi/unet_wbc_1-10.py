# What the peer methods start from: the supervised config, augmented, with its unlabeled images beside, 4 labeled and 4
# unlabeled ones a batch, as many labeled ones as the baseline sees.
_base_ = '../../supervised/unet_wbc_1-10_augmented.py'
from mmseg_entmin.config import with_unlabeled
train_dataloader = with_unlabeled(
    _base_, unlabeled=dict(ann_file='splits/1-10_unlabeled.txt', pipeline=_base_.black_corners_pipeline))
