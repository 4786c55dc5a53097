# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One-hot maps with ignored pixels, and the discriminator's loss by hand."""
import math

import pytest
import torch

from mmseg_entmin.models.discriminators.gan_loss import gan_loss, one_hot_labels


def test_ignored_is_no_class():
    maps = one_hot_labels(torch.tensor([[[0, 2], [255, 1]]]), 3)
    assert maps.shape == (1, 3, 2, 2)
    assert maps[0, :, 0, 0].tolist() == [1, 0, 0] and maps[0, :, 0, 1].tolist() == [0, 0, 1]
    assert not one_hot_labels(torch.tensor([[[0, 0]]]), 3, ignore_index=0).any()
    assert maps[0, :, 1, 0].tolist() == [0, 0, 0] and maps[0, :, 1, 1].tolist() == [0, 1, 0]


def test_loss_over_the_valid():
    logits = torch.tensor([0., 2., -1.])
    assert gan_loss(logits[:1], True).item() == pytest.approx(math.log(2))
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(1))) / 2
    assert gan_loss(logits, True, torch.tensor([False, True, True])).item() == pytest.approx(expected)
    assert gan_loss(logits[1:2], False).item() == pytest.approx(math.log(1 + math.exp(2)))
    assert gan_loss(logits, True, torch.zeros(3)) == 0
