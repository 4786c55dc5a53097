# Recipe, as first tried: labels of single images where the teacher is sure.
_base_ = '../../entmin/ablation/unet_wbc_1-10_black-corners.py'
model = dict(
    type='EntMinConsistency',
    running_statistics='labeled',
    threshold=0.9,
    ramp_up=dict(iters=200),
    strong_view=dict(jitter_prob=0., gray_prob=0., blur_prob=0.))
