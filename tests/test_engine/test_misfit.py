# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
import pytest
import torch
from torch import nn

from mmseg_entmin.engine.misfit import misfit


def raised(network: nn.Module, images: torch.Tensor) -> Exception:
    with pytest.raises(Exception) as caught:
        network(images)
    return caught.value


@pytest.mark.parametrize('wrapped', [False, True])
def test_the_innermost_part_is_named_with_its_key(wrapped):
    network = nn.Sequential()
    network.add_module('decode_head', nn.Sequential(nn.Identity(), nn.Conv2d(7, 2, 1)))
    error = raised(network, torch.zeros(1, 3, 4, 4))
    whole = nn.ModuleDict(dict(module=network)) if wrapped else network
    text = str(misfit(whole, error, 5))
    assert text.startswith('iteration 5: model.decode_head.1 cannot take its input: Given groups=1, weight of size')
    assert text.endswith('compare in_channels and in_index of model.decode_head with the maps that it gets, and the '
                         'size of the images')


def test_a_batch_norm_of_one_value_is_told_of_the_batch():
    network = nn.ModuleDict(dict(decode_head=nn.BatchNorm2d(2)))
    error = raised(network['decode_head'], torch.zeros(1, 2, 1, 1))
    assert 'set labeled and unlabeled of the sampler to 2 or more' in str(misfit(network, error, 1))


def test_errors_of_other_kinds_or_from_elsewhere_stay_as_they_are():
    network = nn.ModuleDict(dict(decode_head=nn.Conv2d(7, 2, 1)))
    assert misfit(network, raised(nn.Conv2d(7, 2, 1), torch.zeros(1, 3, 4, 4)), 1) is None  # of no part of the model
    assert misfit(network, RuntimeError('out of memory'), 1) is None
