# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Size, layers, and output of the image discriminator."""
import pytest
import torch
from torch import nn

from mmseg_entmin.models.discriminators import ImageDiscriminator


def test_it_has_the_papers_2_78_million_parameters_with_21_classes():
    assert sum(p.numel() for p in ImageDiscriminator(21).parameters()) == 2_778_561


def test_dropout_after_the_first_three_convolutions():
    layers = ImageDiscriminator(5).layers
    assert [type(m) for m in layers] == [nn.Conv2d, nn.LeakyReLU, nn.Dropout2d] * 3 + [nn.Conv2d, nn.LeakyReLU]
    assert all(m.p == 0.5 for m in layers if isinstance(m, nn.Dropout2d))
    assert layers[0].in_channels == 8


@pytest.mark.parametrize('size', [(321, 321), (16, 16), (32, 64)])
def test_one_score_and_one_feature_for_each_image(size):
    network = ImageDiscriminator(3, channels=2).eval()
    scores, features = network(torch.rand(2, 3, *size), torch.randn(2, 3, *size))
    assert scores.shape == (2, ) and features.shape == (2, 16)
    assert torch.allclose(scores, network.score(features)[:, 0])


def test_images_are_scaled_by_the_range_of_the_batch():
    network = ImageDiscriminator(3, channels=2).eval()
    probs, images = torch.rand(2, 3, 32, 32), torch.randn(2, 3, 32, 32)
    assert torch.allclose(network(probs, images)[1], network(probs, 7 * images - 3)[1], atol=1e-5)
    assert network(probs, torch.ones_like(images))[0].isfinite().all()
