# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Modules in another mode for a while, each alone."""
import pytest
from torch import nn

from mmseg_entmin.models.modes import switched


def test_each_module_alone_is_switched_and_comes_back():
    network = nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(0.5), nn.Sequential(nn.Dropout(0.5))).eval()
    network[1].train()
    with switched([network[0], network[1], network[2]], training=True):
        assert [m.training for m in network] == [True, True, True]
        assert not network.training and not network[2][0].training
    assert [m.training for m in network] == [False, True, False]
    with pytest.raises(KeyError), switched(network.modules(), training=False):
        assert not any(m.training for m in network.modules())
        raise KeyError
    assert [m.training for m in network] == [False, True, False]
