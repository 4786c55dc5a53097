_base_ = './unet.py'
# An eighth of the width: a run of 600 iterations takes less than a minute on one CPU core.
model = dict(backbone=dict(base_channels=8), decode_head=dict(in_channels=8, channels=8))
