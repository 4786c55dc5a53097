# What the peer methods start from: as many labeled images a batch as the supervised baseline has, and as many unlabeled
# ones.
_base_ = '../../supervised/deeplabv2_voc_1-8.py'
from mmseg_entmin.config import with_unlabeled
train_dataloader = with_unlabeled(_base_, unlabeled='splits/1-8_unlabeled.txt')
