# Half of the labeled images take the colors of an unlabeled one: few masks show few stains.
_base_ = '../unet_wbc_1-10.py'
steps = _base_.train_dataloader.dataset.labeled.pipeline
colors = dict(type='ColorTransfer', prob=0.5)  # after the resizing, before corners are empty
train_dataloader = dict(dataset=dict(labeled=dict(pipeline=[*steps[:3], colors, *steps[3:]])))
