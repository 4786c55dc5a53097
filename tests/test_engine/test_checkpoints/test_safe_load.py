# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A checkpoint with a program in it is refused by name, and not run."""
import os

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner import checkpoint as mmengine_checkpoint
from mmengine.runner import load_checkpoint
from torch import nn

from mmseg_entmin.apis import EntMinInferencer
from mmseg_entmin.engine.checkpoints.safe_load import FORCE, TRUST, UntrustedCheckpoint, weights_only
from tests import tiny_checkpoint


class Program:
    """Unpickling it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path), )


@pytest.fixture
def foreign(tmp_path):
    """A config, and its model's weights with a program beside them."""
    config, checkpoint = tiny_checkpoint.save(tmp_path)
    torch.save(dict(torch.load(checkpoint), note=Program(tmp_path / 'RAN')), checkpoint)
    return config, checkpoint


def test_the_inferencer_refuses_it(foreign, tmp_path):
    with pytest.raises(UntrustedCheckpoint, match=r'holds \w+\.mkdir beside weights, which could run code'):
        EntMinInferencer(*map(str, foreign))
    assert not (tmp_path / 'RAN').exists() and FORCE not in os.environ


def test_after_one_within_another_the_outer_one_still_holds(foreign, tmp_path):
    with pytest.raises(UntrustedCheckpoint), weights_only():
        with weights_only():
            pass
        load_checkpoint(nn.Linear(2, 1), str(foreign[1]), logger='silent')
    assert not (tmp_path / 'RAN').exists()


def test_weights_are_loaded_and_trust_can_be_given(foreign, tmp_path, monkeypatch):
    layer = nn.Linear(2, 1)
    torch.save(dict(state_dict=layer.state_dict()), tmp_path / 'good.pth')
    with weights_only():
        load_checkpoint(nn.Linear(2, 1), str(tmp_path / 'good.pth'), logger='silent')
    monkeypatch.setenv(TRUST, 'no')
    with pytest.raises(UntrustedCheckpoint), weights_only():
        load_checkpoint(layer, str(foreign[1]), logger='silent')
    assert not (tmp_path / 'RAN').exists()
    monkeypatch.setenv(TRUST, '1')
    with weights_only():
        load_checkpoint(layer, str(foreign[1]), logger='silent')
    assert (tmp_path / 'RAN').exists()


def test_mmengine_types_are_read_where_mmengine_does_not_list_them(tmp_path, monkeypatch):
    history = HistoryBuffer([1., 2.], [1, 1])
    torch.save(dict(history=history, score=np.float64(0.5), count=np.int64(3)), tmp_path / 'run.pth')
    monkeypatch.delattr(mmengine_checkpoint, 'get_torch_safe_globals', raising=False)
    with weights_only():
        content = torch.load(tmp_path / 'run.pth')
    assert content['history'].mean() == 1.5 and content['score'] == 0.5 and content['count'] == 3
