# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The drawn images' size and range; the last map alone is read."""
import torch

from tests.tiny import build


def test_images_of_the_asked_size_in_0_to_1_from_the_last_map():
    head = build(dict(type='ReconstructionHead', in_channels=8, channels=(6, 4), out_channels=9))
    last = torch.randn(2, 8, 5, 6)
    drawn = head([torch.randn(2, 3, 9, 9), last], (19, 25))
    assert drawn.shape == (2, 9, 19, 25) and 0 < drawn.min() and drawn.max() < 1
    assert len(head.stages) == 2
