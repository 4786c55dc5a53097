# SSL4MIS's weight, 0.1, which rises over the first third of the training: ADVENT's 0.001 is for longer ones.
_base_ = '../_base_/semi/deeplabv2_camvid_1-8.py'
model = dict(type='Advent', unsup_weight=0.1, ramp_up=dict(iters=333))
