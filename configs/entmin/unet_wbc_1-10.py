# The test uses the running statistics of the labeled images. The unlabeled images, whose corners are filled, have other
# statistics, and an average of both fits neither.
_base_ = '../supervised/unet_wbc_1-10_augmented.py'
from mmseg_entmin.config import semi_supervised
model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(
    _base_, unlabeled=dict(ann_file='splits/1-10_unlabeled.txt', pipeline=_base_.unlabeled_pipeline),
    running_statistics='labeled')
