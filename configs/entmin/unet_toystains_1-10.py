# The demo: the unlabeled images, and those to predict, come from another laboratory than the masks.
_base_ = '../supervised/unet_toystains_1-10.py'
from mmseg_entmin.config import semi_supervised
model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(
    _base_, unlabeled='splits/1-10_unlabeled.txt', other_source=True)
