# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The size and range of the reconstructed images, and that they depend on the last map alone."""
import torch

from tests.tiny import build


def test_images_of_the_given_size_in_0_to_1_from_the_last_map():
    head = build(dict(type='ReconstructionHead', in_channels=8, channels=(6, 4), out_channels=9))
    last = torch.randn(2, 8, 5, 6)
    images = head([torch.randn(2, 3, 9, 9), last], (19, 25))
    assert images.shape == (2, 9, 19, 25) and 0 < images.min() and images.max() < 1
    assert len(head.stages) == 2
