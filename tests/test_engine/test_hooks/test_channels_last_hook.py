# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Channels-last weights give the same losses and gradients."""
import copy
from types import SimpleNamespace

import pytest
import torch

from mmseg_entmin.engine.hooks import ChannelsLastHook
from tests.tiny import batch, build, unet_cfg


@pytest.mark.parametrize('images', [(2, 2), (1, 2)])
def test_the_step_is_the_same_and_the_maps_follow(images, monkeypatch):
    monkeypatch.setattr(torch, 'randn_like', torch.ones_like)  # numbers are drawn in the order of the memory
    model = build(unet_cfg(width=8)).train().double()  # in float32 sums of another order differ by a thousandth
    model.decode_head.head.dropout = None
    twin = copy.deepcopy(model)
    ChannelsLastHook().before_train(SimpleNamespace(model=twin))
    seen = []
    twin.backbone.encoder[1].register_forward_hook(lambda *args: seen.append(args[-1]))
    inputs, samples = batch(*images)
    inputs = inputs.double()
    results = []
    for network in (model, twin):
        torch.manual_seed(0)
        losses = network.loss(inputs, samples)
        network.parse_losses(losses)[0].backward()
        results.append(losses)
    assert seen[0].is_contiguous(memory_format=torch.channels_last) and not seen[0].is_contiguous()
    assert all(torch.allclose(results[0][name], results[1][name]) for name in results[0])
    for a, b in zip(model.parameters(), twin.parameters()):
        assert torch.allclose(a.grad, b.grad)
    for name, buffer in model.named_buffers():
        assert torch.allclose(buffer.double(), twin.get_buffer(name).double())
