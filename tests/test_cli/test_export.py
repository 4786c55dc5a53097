# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of entmin export, as a user runs it and its mistakes one by one."""
import importlib.util
import json
import runpy
import sys

import pytest
import torch
from mmengine.config import Config

from entmin.command_line import main
from mmseg_entmin.cli import export
from mmseg_entmin.deploy import ONNX_PACKAGES
from tests.tiny import build

HAS_ONNX = all(importlib.util.find_spec(name) for name in ONNX_PACKAGES)
NO_ONNX = pytest.mark.skipif(not HAS_ONNX, reason=f"not installed: one of {', '.join(ONNX_PACKAGES)}")


@pytest.fixture
def checkpoint(tiny_config, tmp_path):
    """An untrained network of the tiny config, with what the Runner notes of the data."""
    cfg = Config.fromfile(tiny_config)
    path = tmp_path / 'iter_4.pth'
    torch.save(dict(state_dict=build(cfg.model).state_dict(), meta=dict(dataset_meta=dict(cfg.metainfo))), path)
    return path


def test_command(repo_root, tiny_config, tiny_dataset, checkpoint, tmp_path, monkeypatch, capsys):
    """The best format that is installed, with a comparison on images."""
    out = tmp_path / ('model.onnx' if HAS_ONNX else 'model.pt2')
    words = [tiny_config, checkpoint, '--out', out, '--images', tiny_dataset / 'images', '--check', 3]
    monkeypatch.setattr(sys, 'argv', ['export.py', *map(str, words)])
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(repo_root / 'tools/export.py'), run_name='__main__')
    random, real, last = capsys.readouterr().out.splitlines()[-3:]
    assert random.startswith('random images: largest difference from PyTorch: logits ')
    assert real.startswith(f"3 images of {tiny_dataset / 'images'}: largest difference from PyTorch: logits ")
    assert last.startswith(f'{out}: ') and last.endswith('images of any size, logits')
    assert not list(tmp_path.glob('*.part*'))


@NO_ONNX
def test_metadata(tiny_config, checkpoint, tmp_path):
    import onnxruntime

    from mmseg_entmin import __version__
    out = tmp_path / 'model.onnx'
    resize = dict(type='Resize', scale=(24, 16), keep_ratio=False)
    Config.fromfile(tiny_config).dump(tmp_path / 'resized.py')
    config = tmp_path / 'resized.py'
    config.write_text(config.read_text() + f'\ntest_dataloader[\'dataset\'][\'pipeline\'].insert(1, {resize})\n')
    main(['export', str(config), str(checkpoint), '--out', str(out), '--size', '16', '24'])
    session = onnxruntime.InferenceSession(str(out), providers=['CPUExecutionProvider'])
    found = session.get_modelmeta().custom_metadata_map
    assert json.loads(found['classes']) == ['background', 'square', 'disc']
    assert json.loads(found['palette']) == [[0, 0, 0], [200, 60, 60], [60, 60, 200]]
    assert json.loads(found['resize']) == dict(resize, scale=[24, 16])
    assert (found['mmseg_entmin_version'], found['config']) == (__version__, f'{tmp_path.name}/resized.py')
    assert session.get_inputs()[0].shape == ['batch', 3, 16, 24]


def test_a_file_that_differs_is_not_kept(tiny_config, checkpoint, tmp_path, monkeypatch):
    out = tmp_path / 'model.pt2'
    out.write_text('of an earlier export')
    monkeypatch.setattr(export, 'TOLERANCE', -1)
    with pytest.raises(SystemExit, match='not written: on random images it differs by more than -1') as caught:
        main(['export', str(tiny_config), str(checkpoint), '--out', str(out)])
    assert caught.value.code and out.read_text() == 'of an earlier export'
    assert not list(tmp_path.glob('*.part*'))


def test_what_cannot_be_exported_is_said_in_one_line(tiny_config, checkpoint, tmp_path, monkeypatch):
    def fail(*args):
        raise RuntimeError('no such operator\nand much more')

    monkeypatch.setattr(export, 'trace', fail)
    with pytest.raises(SystemExit, match='a fixed --size H W may work: RuntimeError: no such operator$'):
        main(['export', str(tiny_config), str(checkpoint), '--out', str(tmp_path / 'model.pt2')])


@pytest.mark.parametrize('options, message', [
    (['--out', 'OUT/model.bin'], r'the name must end in \.onnx or \.pt2'),
    (['--out', 'OUT/model.pt2', '--format', 'onnx'], r'the name must end in \.onnx$'),
    (['--out', 'OUT/absent/model.pt2'], 'absent. does not exist'),
    (['--out', 'OUT/model.pt2', '--size', '0', '8'], '--size 0 8: must be 1 or more'),
    (['--out', 'OUT/model.pt2', '--check', '0'], '--check 0: must be 1 or more'),
    (['--out', 'OUT/model.pt2', '--images', 'OUT'], '--images .* is no folder with images'),
    (['--out', 'OUT/model.pt2', '--variance'], '--variance: the decode head is a FCNHead'),
    (['--out', 'OUT/model.pt2', '--cfg-options', 'model.decode_head.num_classes=4'], 'iter_4.pth. is not of config'),
    (['--out', 'OUT/model.pt2', '--cfg-options', 'num_classes=4'], 'nothing reads num_classes'),
])
def test_mistakes(tiny_config, checkpoint, tmp_path, options, message):
    options = [value.replace('OUT', str(tmp_path)) for value in options]
    with pytest.raises(SystemExit, match=message):
        main(['export', str(tiny_config), str(checkpoint), *options])
    assert not list(tmp_path.glob('model*'))


def test_missing_packages_are_named(tiny_config, checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr(export, 'ONNX_PACKAGES', ('absent_package', ))
    with pytest.raises(SystemExit, match=r'pip install absent_package, or write a \*\.pt2 file'):
        main(['export', str(tiny_config), str(checkpoint), '--out', str(tmp_path / 'model.onnx')])


def test_an_image_that_cannot_be_read_is_named(tiny_config, checkpoint, tmp_path):
    (tmp_path / 'broken.png').write_bytes(b'x')
    with pytest.raises(SystemExit, match='broken.png.*cannot be read as an image'):
        main(['export', str(tiny_config), str(checkpoint), '--out', str(tmp_path / 'model.pt2'), '--images',
              str(tmp_path)])
    assert not (tmp_path / 'model.pt2').exists()


def test_a_torch_that_is_too_old_is_named(tiny_config, checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr(torch, '__version__', '2.8.0')
    with pytest.raises(SystemExit, match=r"needs torch 2\.9, this is 2\.8\.0"):
        main(['export', str(tiny_config), str(checkpoint), '--out', str(tmp_path / 'model.pt2')])
