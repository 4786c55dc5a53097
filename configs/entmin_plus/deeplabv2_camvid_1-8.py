# The teacher labels the unlabeled images, and the student learns these labels on images with other colors and exchanged
# boxes. Every pixel counts (threshold 0), as UniMatch has it for street scenes, since the teacher is seldom sure of
# rare classes.
_base_ = '../entmin/deeplabv2_camvid_1-8.py'
model = dict(type='EntMinConsistency', teacher_flips=['horizontal'], threshold=0.)
