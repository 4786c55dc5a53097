# The base of the peers: the supervised config and its unlabeled images, 8 labeled and 8 unlabeled ones in a batch.
_base_ = '../../supervised/unet_toycells_1-10.py'
from mmseg_entmin.config import with_unlabeled
train_dataloader = with_unlabeled(_base_, unlabeled='splits/1-10_unlabeled.txt')
