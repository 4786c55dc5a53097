# 3,000 iterations, the schedule of ../supervised/deeplabv2_camvid_1-8_3k.py. The weights rise over the first third.
_base_ = './deeplabv2_camvid_1-8.py'
model = dict(ramp_up=dict(iters=1000))
param_scheduler = [dict(type='PolyLR', power=0.9, eta_min=0, begin=0, end=3000, by_epoch=False)]
train_cfg = dict(max_iters=3000, val_interval=3000)
