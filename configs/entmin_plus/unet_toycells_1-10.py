# The fusion of unet_wbc_1-10.py. The weights rise over the first third.
_base_ = '../entmin/unet_toycells_1-10.py'
model = dict(
    type='EntMinConsistency',
    teacher_flips=['horizontal', 'vertical'],
    threshold=0.9,
    ramp_up=dict(iters=166),
    strong_view=dict(jitter_prob=0., gray_prob=0., blur_prob=0.))
