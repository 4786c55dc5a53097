# The fusion of unet_wbc_1-10.py at 3,000 iterations. The weights rise over the first third.
_base_ = '../entmin/unet_wbc_1-10_3k.py'
model = dict(
    type='EntMinConsistency',
    teacher_flips=['horizontal', 'vertical'],
    threshold=0.9,
    ramp_up=dict(iters=1000),
    strong_view=dict(jitter_prob=0., gray_prob=0., blur_prob=0.))
