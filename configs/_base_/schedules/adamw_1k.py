_base_ = './adamw_500.py'
param_scheduler = [dict(type='PolyLR', power=0.9, eta_min=0, begin=0, end=1000, by_epoch=False)]
train_cfg = dict(max_iters=1000, val_interval=1000)
default_hooks = dict(checkpoint=dict(interval=500))
