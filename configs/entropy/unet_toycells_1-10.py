# The name of 0.x for configs/advent/unet_toycells_1-10.py; it goes with the next release.
_base_ = '../advent/unet_toycells_1-10.py'
