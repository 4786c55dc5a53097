# Long enough that a network fits its few masks, which is when unlabeled images help.
_base_ = './adamw_600.py'
param_scheduler = [dict(type='PolyLR', power=0.9, eta_min=0, begin=0, end=3000, by_epoch=False)]
train_cfg = dict(max_iters=3000, val_interval=3000)
default_hooks = dict(checkpoint=dict(interval=500))
