_base_ = './unet.py'
# A quarter of the width: it trains in minutes on a CPU.
model = dict(backbone=dict(base_channels=16), decode_head=dict(in_channels=16, channels=16))
