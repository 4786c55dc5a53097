# What the peer methods start from: the supervised config with its unlabeled images beside, 8 labeled and 8
# unlabeled ones a batch, as many labeled ones as the baseline sees.
_base_ = '../../supervised/unet_toycells_1-10.py'
from mmseg_entmin.config import with_unlabeled
train_dataloader = with_unlabeled(_base_, unlabeled='splits/1-10_unlabeled.txt')
