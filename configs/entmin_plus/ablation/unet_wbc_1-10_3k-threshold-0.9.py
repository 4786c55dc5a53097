# As unet_wbc_1-10_threshold-0.9.py, five times the iterations.
_base_ = '../../entmin/ablation/unet_wbc_1-10_3k-black-corners.py'
model = dict(
    type='EntMinConsistency',
    running_statistics='labeled',
    threshold=0.9,
    ramp_up=dict(iters=1000),
    strong_view=dict(jitter_prob=0., gray_prob=0., blur_prob=0.))
