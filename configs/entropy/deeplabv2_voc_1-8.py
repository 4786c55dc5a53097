# The name of 0.x for configs/advent/deeplabv2_voc_1-8.py; it goes with the next release.
_base_ = '../advent/deeplabv2_voc_1-8.py'
