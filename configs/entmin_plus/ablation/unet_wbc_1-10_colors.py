# Recipe: strong views with other colors as well, UniMatch's.
_base_ = './unet_wbc_1-10_threshold-0.9.py'
model = dict(strong_view=dict(_delete_=True))
