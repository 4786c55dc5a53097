# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Size, layers, classes and initial weights of the generator."""
import pytest
import torch
from torch import nn

from mmseg_entmin.errors import OptionError
from mmseg_entmin.models.generators import ImageGenerator


def test_number_of_parameters_and_of_convolutions():
    network = ImageGenerator()
    assert sum(p.numel() for p in network.parameters()) == 3_576_707
    assert [m.out_channels for m in network.modules() if isinstance(m, nn.ConvTranspose2d)] == [512, 256, 128, 64, 3]


@pytest.mark.parametrize('size', [8, 16, 128])
@pytest.mark.parametrize('channels', [1, 6])
def test_images_of_any_number_of_channels(size, channels):
    images = ImageGenerator(channels=2, size=size, in_channels=channels)(torch.empty(3, 0))
    assert images.shape == (3, channels, size, size) and images.abs().max() <= 1
    assert not torch.equal(images[0], images[1])


def test_classes_are_read_if_there_are_some():
    network, classes = ImageGenerator(num_classes=2, channels=2, size=8).eval(), torch.eye(2)
    images = []
    for rows in (classes, classes.flip(0)):
        torch.manual_seed(0)
        images.append(network(rows))
    assert not torch.equal(*images)


def test_initial_weights_are_dcgans():
    network = ImageGenerator()
    network.init_weights()
    weights = [m.weight for m in network.modules() if isinstance(m, nn.ConvTranspose2d)]
    assert all(w.std().item() == pytest.approx(0.02, rel=0.05) for w in weights)
    scales = torch.cat([m.weight for m in network.modules() if isinstance(m, nn.BatchNorm2d)])
    assert scales.mean().item() == pytest.approx(1, abs=0.01) and scales.std().item() == pytest.approx(0.02, rel=0.2)


@pytest.mark.parametrize('size', [4, 48, 0])
def test_other_sizes_are_refused(size):
    with pytest.raises(OptionError, match=f'ImageGenerator: size={size}, choose a power of two'):
        ImageGenerator(size=size)
