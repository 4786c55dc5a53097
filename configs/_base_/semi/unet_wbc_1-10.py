# What the peer methods start from: as many labeled images a batch as the supervised baseline has, and as many unlabeled
# ones.
_base_ = '../../supervised/unet_wbc_1-10_augmented.py'
from mmseg_entmin.config import with_unlabeled
train_dataloader = with_unlabeled(_base_, unlabeled='splits/1-10_unlabeled.txt')
