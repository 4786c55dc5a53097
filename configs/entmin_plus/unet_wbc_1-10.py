# The teacher labels the unlabeled images by the mean over mirror images (a cell has no left and right); the student
# learns what it is sure of in images with exchanged boxes. The colors stay as they are: the augmentation has changed
# them already, and more of it mixes up nucleus and cytoplasm.
_base_ = '../entmin/unet_wbc_1-10.py'
model = dict(
    type='EntMinConsistency',
    teacher_flips=['horizontal', 'vertical'],
    threshold=0.9,
    ramp_up=dict(iters=200),
    strong_view=dict(jitter_prob=0., gray_prob=0., blur_prob=0.))
