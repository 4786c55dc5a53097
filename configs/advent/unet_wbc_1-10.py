# The weight is that of SSL4MIS, 0.1, and rises over the first third of the training. The 0.001 of ADVENT is for longer
# trainings.
_base_ = '../_base_/semi/unet_wbc_1-10.py'
model = dict(type='Advent', unsup_weight=0.1, ramp_up=dict(iters=200))
