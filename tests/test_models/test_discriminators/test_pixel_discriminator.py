# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Size, layers, and output of the pixel discriminator."""
import pytest
import torch
from torch import nn

from mmseg_entmin.models.discriminators import PixelDiscriminator


def test_it_has_the_papers_2_78_million_parameters_with_21_classes():
    assert sum(p.numel() for p in PixelDiscriminator(21).parameters()) == 2_783_169


def test_layers():
    layers = PixelDiscriminator(5).layers
    assert [m.out_channels for m in layers if isinstance(m, nn.Conv2d)] == [64, 128, 256, 512, 1]
    assert [type(m) for m in layers] == [nn.Conv2d, nn.LeakyReLU] * 4 + [nn.Conv2d]
    assert all(m.negative_slope == 0.2 for m in layers if isinstance(m, nn.LeakyReLU))


@pytest.mark.parametrize('size, inner', [((321, 321), 10), ((48, 48), 1), ((32, 32), 1)])
def test_one_logit_for_each_pixel(size, inner):
    network = PixelDiscriminator(3, channels=2)
    probs = torch.rand(2, 3, *size)
    assert network(probs).shape == (2, 1, *size)
    assert network.layers(probs).shape[2:] == (inner, inner)
