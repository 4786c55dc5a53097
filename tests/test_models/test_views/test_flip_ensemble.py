# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The mean of predictions over mirror images."""
import pytest
import torch
from torch import nn

from mmseg_entmin.models.views import FlipEnsemble

ALL = ('horizontal', 'vertical', 'transpose')
SIZES = pytest.mark.parametrize('size', [(6, 6), (4, 7)])  # in one forward, and in several


@SIZES
def test_a_network_of_single_pixels_says_the_same_of_every_view(size):
    network, images = nn.Conv2d(3, 4, 1), torch.rand(2, 3, *size)
    logits = FlipEnsemble(ALL).logits(network, images)
    assert torch.allclose(logits.softmax(dim=1), network(images).softmax(dim=1), atol=1e-6)


@SIZES
def test_every_view_counts_as_much(size):
    network, images = nn.Conv2d(3, 4, 3, padding=1), torch.rand(2, 3, *size)
    probs = FlipEnsemble(ALL).logits(network, images).softmax(dim=1)
    assert torch.allclose(probs.sum(dim=1), torch.ones(2, *size))
    # so a mirrored image has the mirrored prediction
    for flipped, back in ((images.flip(3), lambda x: x.flip(3)), (images.mT, lambda x: x.mT)):
        assert torch.allclose(back(FlipEnsemble(ALL).logits(network, flipped).softmax(dim=1)), probs, atol=1e-6)
    assert not torch.allclose(network(images).softmax(dim=1), probs, atol=1e-3)


def test_one_flip_is_the_mean_of_two():
    network, images = nn.Conv2d(3, 4, 3, padding=1), torch.rand(2, 3, 6, 6)
    both = network(images).softmax(dim=1) + network(images.flip(3)).softmax(dim=1).flip(3)
    assert torch.allclose(FlipEnsemble(['horizontal']).logits(network, images).exp(), both / 2, atol=1e-6)


def test_without_flips_the_logits_are_the_networks():
    network, images = nn.Conv2d(3, 4, 3), torch.rand(2, 3, 6, 6)
    assert torch.equal(FlipEnsemble().logits(network, images), network(images))


@pytest.mark.parametrize('flips', [['diagonal'], ['vertical', 'vertical']])
def test_refuses_flips_it_cannot_do(flips):
    with pytest.raises(ValueError, match="FlipEnsemble: flips=.*some of 'horizontal', 'vertical', 'transpose'"):
        FlipEnsemble(flips)
