# The teacher labels the unlabeled images by the mean over mirrored images (a cell has no left and right). The student
# learns the labels that are sure, on images with exchanged boxes. The strong view does not change the colors: the
# augmentation has already changed them, and stronger changes confuse nucleus and cytoplasm.
_base_ = '../entmin/unet_wbc_1-10.py'
model = dict(
    type='EntMinConsistency',
    teacher_flips=['horizontal', 'vertical'],
    threshold=0.9,
    ramp_up=dict(iters=200),
    strong_view=dict(jitter_prob=0., gray_prob=0., blur_prob=0.))
