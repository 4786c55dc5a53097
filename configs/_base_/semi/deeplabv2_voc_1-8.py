# The base of the peers: the supervised config and its unlabeled images, 8 labeled and 8 unlabeled ones in a batch.
_base_ = '../../supervised/deeplabv2_voc_1-8.py'
from mmseg_entmin.config import with_unlabeled
train_dataloader = with_unlabeled(_base_, unlabeled='splits/1-8_unlabeled.txt')
