# Recipe, five times the iterations: somewhat other colors, boxes in every image; every pixel counts, at weight 1.
_base_ = './unet_wbc_1-10_3k-weight-1.py'
model = dict(
    cutmix=dict(prob=1.),
    strong_view=dict(jitter_prob=0.8, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.02))
