# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Weights at an address that cannot be reached are one line; a network that gets a checkpoint asks for none."""
import os
import urllib.request
from urllib.error import URLError

import pytest
import timm
import torch
from mmengine.config import Config

from entmin.command_line import main
from mmseg_entmin.apis import EntMinInferencer
from mmseg_entmin.engine.checkpoints.checkpoint_file import read_checkpoint
from mmseg_entmin.engine.checkpoints.downloads import NotDownloaded, without_downloads

CLOSED = 'http://127.0.0.1:9/weights-12345678.pth'  # no server listens there


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch) -> str:
    """An empty folder in place of torch.hub's."""
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'torch'))
    return str(tmp_path / 'torch/hub/checkpoints')


@pytest.fixture
def train(tiny_config, tiny_dataset, tmp_path):

    def run(*options: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(['train', str(tiny_config), '--data-root', str(tiny_dataset), '--work-dir', str(tmp_path / 'work'),
                  '--cfg-options', *options])
        return str(end.value)

    return run


@pytest.mark.parametrize('option', [
    f"model.backbone.init_cfg=dict(type='Pretrained', checkpoint='{CLOSED}')", f'model.pretrained={CLOSED}',
    f'model.backbone.pretrained={CLOSED}', f'load_from={CLOSED}',
    f"model.decode_head.init_cfg=[dict(type='Pretrained', checkpoint='{CLOSED}')]"])
def test_a_training_names_address_file_and_folder(train, option, hub):
    said = train(option)
    assert said.startswith(f'error: the weights at {CLOSED} cannot be downloaded (<urlopen error ')
    assert f"put them at '{os.path.join(hub, 'weights-12345678.pth')}'" in said and '--no-pretrained' in said
    assert '\n' not in said


@pytest.mark.parametrize('name, address', [
    ('torchvision://resnet18', 'https://download.pytorch.org/models/resnet18-'), ('open-mmlab://resnet18_v1c', 'https://'),
    ('mmcls://vgg11', 'https://'), (CLOSED, CLOSED)])
def test_names_of_libraries_become_addresses(monkeypatch, hub, name, address):

    def closed(*args, **options):
        raise URLError('no internet')

    monkeypatch.setattr(urllib.request, 'urlopen', closed)
    monkeypatch.setattr(torch.hub, 'urlopen', closed)
    said = rf"^the weights at {address}.* \(<urlopen error no internet>\).*'{hub}/.*\.pth'"
    with pytest.raises(NotDownloaded, match=said):
        read_checkpoint(name)


@pytest.mark.parametrize('option', ["model.backbone.init_cfg=dict(type='Pretrained', checkpoint='absent.pth')",
                                    'model.pretrained=absent.pth'])
def test_a_file_that_is_not_there_is_named_by_key(train, option):
    assert "='absent.pth': there is no such file" in train(option)


@pytest.fixture
def timm_config(tiny_config, tiny_dataset, monkeypatch) -> str:
    """The tiny network with a backbone of timm, whose download fails."""
    create = timm.create_model

    def refuse(*args, pretrained=False, **options):
        if pretrained:
            raise FileNotFoundError('cannot find the requested files at https://huggingface.co/timm/x')
        return create(*args, pretrained=False, **options)

    monkeypatch.setattr(timm, 'create_model', refuse)
    text = tiny_config.read_text().replace('data/absent', str(tiny_dataset))
    tiny_config.write_text(text + '''
model['backbone'] = dict(type='TIMMBackbone', model_name='resnet10t', features_only=True, out_indices=(0, 1))
model['decode_head'].update(in_channels=64, in_index=1)
''')
    return str(tiny_config)


def test_weights_of_timm(train, timm_config, tmp_path):
    said = train('randomness.seed=1')
    assert said.startswith('error: model.backbone: timm cannot download the weights of resnet10t (cannot find the ')
    assert 'set model.backbone.pretrained=False and model.backbone.checkpoint_path' in said
    main(['train', timm_config, '--work-dir', str(tmp_path / 'work'), '--cfg-options',
          'model.backbone.pretrained=False', 'train_cfg.max_iters=2', 'param_scheduler.0.end=2'])
    checkpoint = str(tmp_path / 'work/iter_2.pth')
    main(['test', timm_config, checkpoint, '--work-dir', str(tmp_path / 'test')])
    cfg = Config.fromfile(timm_config)
    assert EntMinInferencer(cfg, checkpoint).classes and 'pretrained' not in cfg.model.backbone


def test_other_backbones_are_left_alone():
    model = dict(backbone=dict(type='ResNet', pretrained='x'), head=[dict(backbone=dict(type='mmseg.TIMMBackbone'))])
    without_downloads(model)
    assert model == dict(backbone=dict(type='ResNet', pretrained='x'),
                         head=[dict(backbone=dict(type='mmseg.TIMMBackbone', pretrained=False))])
