_base_ = '../supervised/deeplabv2_camvid_1-8.py'
from mmseg_entmin.config import semi_supervised
model, train_dataloader, optim_wrapper, custom_imports = semi_supervised(_base_, unlabeled='splits/1-8_unlabeled.txt')
