# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Channels of the encoder's last map, for backbones of mmseg, mmpretrain and timm."""
import pytest
import torch

from mmseg_entmin.config import encoder_channels as module
from mmseg_entmin.config.encoder_channels import encoder_channels
from tests.test_models.test_any_model import BACKBONES, last_channels


@pytest.mark.parametrize('name', BACKBONES)
def test_channels_of_any_backbone(name):
    assert encoder_channels(BACKBONES[name][0]) == last_channels(name)


def test_named_stages_are_what_counts():
    assert encoder_channels(dict(type='UNet', base_channels=4), ['encoder.0', 'encoder.2']) == 16


def test_a_stage_that_never_runs_is_refused():
    with pytest.raises(ValueError, match='encoder_stages: encoder of UNet does not output exactly one map'):
        encoder_channels(dict(type='UNet', base_channels=4), ['encoder'])


def test_loads_no_weights_and_leaves_the_random_state(monkeypatch):
    monkeypatch.setattr(module, 'known', {})
    state = torch.random.get_rng_state()
    absent = dict(type='Pretrained', checkpoint='absent.pth')
    assert encoder_channels(dict(type='ResNet', depth=18, base_channels=8, init_cfg=absent)) == 64
    # TIMMBackbone downloads unless told otherwise
    assert encoder_channels(dict(type='TIMMBackbone', model_name='tf_efficientnet_lite0', features_only=True,
                                 pretrained=True)) == 320
    assert torch.equal(state, torch.random.get_rng_state())


def test_a_backbone_is_built_once(monkeypatch):
    monkeypatch.setattr(module, 'known', {})
    calls = []
    monkeypatch.setattr(module, 'last_map', lambda *args: calls.append(args) or torch.empty(1, 7, 2, 2))
    assert [encoder_channels(dict(type='ResNet', depth=18)) for _ in range(2)] == [7, 7] and len(calls) == 1


def test_runs_on_the_cpu_where_shapes_alone_do_not_do(monkeypatch):
    monkeypatch.setattr(module, 'known', {})

    def last_map(backbone, stages, device):
        if device == 'meta':
            raise NotImplementedError
        return torch.empty(1, 5, 2, 2)

    monkeypatch.setattr(module, 'last_map', last_map)
    assert encoder_channels(dict(type='ResNet')) == 5


@pytest.mark.parametrize('backbone', [dict(type='Absent'), dict(type='ResNet', depth=19)])
def test_what_cannot_be_found_out_is_to_be_given(backbone):
    with pytest.raises(ValueError, match=rf"{backbone['type']} cannot be found out .*in_channels="):
        encoder_channels(backbone)


def test_stages_are_part_of_what_is_remembered(monkeypatch):
    monkeypatch.setattr(module, 'known', {})
    unet = dict(type='UNet', base_channels=4)
    assert encoder_channels(unet) == 64 and encoder_channels(unet, ['encoder.0', 'encoder.2']) == 16


def test_gray_images():
    assert encoder_channels(dict(type='ResNet', depth=18, base_channels=8, in_channels=1)) == 64
