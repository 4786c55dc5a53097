# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Every engine says the same."""
import numpy as np
import pytest
import torch

from mmseg_entmin.apis import EntMinInferencer
from mmseg_entmin.apis.engines import Engine
from mmseg_entmin.apis.forms import in_mode, use_onednn
from mmseg_entmin.engine.fast import Mode
from tests.tiny_checkpoint import KINDS, save

SLIDE = dict(mode='slide', crop_size=(24, 24), stride=(16, 16))


@pytest.fixture
def images():
    return [np.random.randint(0, 256, (*size, 3), dtype=np.uint8) for size in ((32, 32), (40, 24), (32, 32))]


@pytest.mark.parametrize('test_cfg', [dict(mode='whole'), SLIDE], ids=['whole', 'slide'])
@pytest.mark.parametrize('kind', KINDS)
def test_onnxruntime_gives_what_torch_gives(kind, test_cfg, tmp_path, images):
    pytest.importorskip('onnxruntime')
    paths = save(tmp_path, kind, test_cfg=test_cfg)
    expected = list(EntMinInferencer(*paths, device='cpu')(images))
    for p, q in zip(EntMinInferencer(*paths, device='cpu', engine='onnxruntime')(images), expected, strict=True):
        assert (p.labels == q.labels).mean() > 0.999
        for name in ('confidence', 'entropy', 'variance', 'presence', 'features'):
            a, b = getattr(p, name), getattr(q, name)
            assert (a is None) == (b is None)
            if a is not None:
                np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_fast_says_what_it_took_and_labels_are_nearly_the_same(tmp_path, images):
    paths = save(tmp_path)
    inferencer = EntMinInferencer(*paths, device='cpu', fast=True)
    for p, q in zip(inferencer(images), EntMinInferencer(*paths, device='cpu')(images)):
        assert (p.labels == q.labels).mean() > 0.97 and p.entropy.dtype == np.float32
    note, = inferencer.engine.notes
    assert note.startswith('fast: ') and ' s a batch of 2, ' in note and '(4 ways timed in ' in note


def test_onnxruntime_says_what_it_gains_and_leaves_rare_shapes_to_torch(tmp_path, images, monkeypatch):
    pytest.importorskip('onnxruntime')
    paths = save(tmp_path)
    monkeypatch.setattr('mmseg_entmin.apis.onnx_engine.MOST', 1)
    inferencer = EntMinInferencer(*paths, device='cpu', engine='onnxruntime')
    assert len(list(inferencer(images))) == 3
    first, second = inferencer.engine.notes
    assert first.startswith('onnxruntime: ') and ' s in PyTorch; ' in first and 'images of more than 1 shapes' in second
    monkeypatch.setattr('mmseg_entmin.apis.onnx_engine.TOLERANCE', -1)
    inferencer = EntMinInferencer(*paths, device='cpu', engine='onnxruntime')
    list(inferencer(images[:1]))
    assert 'for images of 32 x 32 differs from that of PyTorch, which ran them' in inferencer.engine.notes[0]


class Tiny(torch.nn.Module):
    """A core with a depthwise convolution."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Conv2d(4, 4, 1), torch.nn.Conv2d(4, 4, 3, groups=4),
                                          torch.nn.Conv2d(4, 2, 1, padding='same'))

    def forward(self, images):
        return dict(logits=self.layers(images))


@torch.no_grad()
@pytest.mark.parametrize('mode', [Mode(), Mode(channels_last=True), Mode(bfloat16=True), Mode(True, True, True)],
                         ids=str)
def test_a_mode_changes_a_copy(mode):
    model, x = Tiny(), torch.randn(1, 4, 8, 8)
    expected = model(x)['logits']
    run = in_mode(mode, model, copied=True)
    found = run(x)['logits']
    assert found.dtype == torch.float32 and 'bfloat16' not in {str(p.dtype) for p in model.parameters()}
    torch.testing.assert_close(found, expected, rtol=0.1, atol=0.05)
    in_mode(mode, model)
    assert model.layers[0].weight.dtype == (torch.bfloat16 if mode.bfloat16 else torch.float32)
    assert (model.layers[1].weight.dtype == torch.float32) == (not mode.bfloat16 or mode.float32_depthwise)


@torch.no_grad()
@pytest.mark.parametrize('options', [dict(), dict(stride=2, padding=1), dict(dilation=2), dict(groups=2),
                                     dict(bias=False), dict(padding='same'), dict(padding=1, padding_mode='reflect')],
                         ids=str)
def test_onednn_gives_the_same(options):
    conv, x = torch.nn.Conv2d(4, 6, 3, **options), torch.randn(2, 4, 9, 12)
    expected = conv(x), conv(x[0]), conv.double()(x.double())
    use_onednn(conv.float())
    for found, truth in zip((conv(x), conv(x[0]), conv.double()(x.double())), expected):
        torch.testing.assert_close(found, truth)


def test_refuses_what_cannot_work(tmp_path, monkeypatch):
    network = EntMinInferencer(*save(tmp_path), device='cpu').network
    for args, message in ((('tensorrt', ), "engine 'tensorrt': choose one of torch, onnxruntime"),
                          (('onnxruntime', True), 'leave one of them out')):
        with pytest.raises(ValueError, match=message):
            Engine(network.core, *args)
    monkeypatch.setattr('mmseg_entmin.deploy.ONNX_PACKAGES', ('onnx', 'no_such_package'))
    with pytest.raises(ValueError, match='pip install no_such_package'):
        Engine(network.core, 'onnxruntime')
