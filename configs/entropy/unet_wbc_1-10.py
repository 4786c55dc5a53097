# The name of 0.x for configs/advent/unet_wbc_1-10.py; it goes with the next release.
_base_ = '../advent/unet_wbc_1-10.py'
