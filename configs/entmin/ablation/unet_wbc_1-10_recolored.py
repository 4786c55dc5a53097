# As ../../entmin_plus/ablation/unet_wbc_1-10_recolored.py, without consistency.
_base_ = '../unet_wbc_1-10.py'
steps = _base_.train_dataloader.dataset.labeled.pipeline
colors = dict(type='ColorTransfer', prob=0.5)
train_dataloader = dict(dataset=dict(labeled=dict(pipeline=[*steps[:3], colors, *steps[3:]])))
