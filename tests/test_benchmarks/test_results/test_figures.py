# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The pictures' JSON file holds what they need and no photograph or mask, and they come from this file alone."""
import json
import runpy
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from benchmarks.results.stored_maps import decode
from tests.tiny import build

OURS = '''
_base_ = './tiny_fcn.py'
model = dict(
    type='{kind}', decode_head=dict(_delete_=True, type='UncertaintyHead', head=_base_.model.decode_head),
    cls_head=dict(type='UncertaintyClsHead', in_channels=8, num_classes=3))
'''


@pytest.fixture(scope='module')
def tool(repo_root):
    return runpy.run_path(str(repo_root / 'benchmarks/results/figure_data.py'))


@pytest.fixture(scope='module')
def figures(repo_root):
    return runpy.run_path(str(repo_root / 'benchmarks/results/figures.py'))


@pytest.fixture
def methods(tiny_config) -> list:
    """Arguments for three networks of random weights: supervised, the method, and the one that its teacher tests."""
    arguments = []
    for title, kind in (('base', None), ('ours', 'EntMin'), ('taught', 'EntMinConsistency')):
        config = tiny_config.with_name(f'{title}.py') if kind else tiny_config
        if kind:
            config.write_text(OURS.format(kind=kind))
        cfg = Config.fromfile(config).model
        cfg.backbone.norm_cfg.type = 'BN'
        checkpoint = tiny_config.with_name(f'{title}.pth')
        torch.save(dict(state_dict=build(cfg).state_dict()), checkpoint)
        arguments += ['--method', title, str(config), str(checkpoint)]
    return arguments


@pytest.fixture
def results(tool, methods, tiny_dataset, tmp_path):
    """The folder of results, with figures/tiny.json."""
    tool['main'](['tiny', *methods, '--data-root', str(tiny_dataset), '--out', str(tmp_path / 'results/figures'),
                  '--width', '24', '--gradient-width', '8', '--photographs', str(tmp_path / 'photographs.png')])
    assert Image.open(tmp_path / 'photographs.png').size[0] > 500
    return tmp_path / 'results'


def texts(node, key=''):
    """Every string with the key that leads to it."""
    if isinstance(node, dict):
        return [found for name, child in node.items() for found in texts(child, name)]
    if isinstance(node, list):
        return [found for child in node for found in texts(child, key)]
    return [(key, node)] if isinstance(node, str) else []


def test_what_is_kept(results, tiny_dataset):
    data = json.loads((results / 'figures/tiny.json').read_text())
    assert data['test_list'] == 'splits/test.txt' and data['test_images'] == 4
    assert data['classes'] == ['background', 'square', 'disc'] and data['palette'][1] == [200, 60, 60]
    assert [(m['title'], m['config']) for m in data['methods']] == [
        ('base', 'tiny_fcn'), ('ours', 'ours'), ('taught', 'taught')]
    assert all(len(m['mean_gradients']) == 2 and min(m['mean_gradients']) > 0 for m in data['methods'])
    assert data['methods'][0]['gain_deciles'] is None and len(data['methods'][1]['gain_deciles']) == 11

    by_place = {shown['place']: shown for shown in data['panels']}
    assert list(by_place) == ['worst', '25 %', 'median', '75 %', 'best']
    gains = [shown['miou'][-1] - shown['miou'][0] for shown in data['panels']]
    assert gains == sorted(gains), 'sorted by the gain of the last method over the first'
    deciles = data['methods'][2]['gain_deciles']
    assert [gains[0], gains[-1]] == pytest.approx([deciles[0], deciles[-1]], abs=0.011)

    kept = data['gradient_maps']
    assert kept['image'] == by_place['median']['image'] and len(kept['scales']) == 2
    maps = [[decode(stage) for stage in stages] for stages in kept['maps']]
    assert np.shape(maps) == (3, 2, 8, 8) and np.array(maps).max() > 100


def test_no_photograph_and_no_mask_is_kept(results, tiny_dataset):
    text = (results / 'figures/tiny.json').read_text()
    data = json.loads(text)
    assert str(tiny_dataset) not in text, 'nor a path'
    pictures = [(key, decode(value)) for key, value in texts(data) if value.startswith('iVBOR')]
    assert {key for key, _ in pictures} == {'maps', 'predictions', 'outcomes'}
    assert set(data['panels'][0]) == {'place', 'image', 'miou', 'predictions', 'outcomes'}
    assert {key for key, _ in texts(data)} == {'name', 'test_list', 'classes', 'title', 'config', 'image', 'place',
                                               'maps', 'predictions', 'outcomes'}
    assert all(picture.ndim == 2 and picture.shape[1] <= 24 for _, picture in pictures), 'no colours'
    for shown in data['panels']:
        mask = Image.open(tiny_dataset / 'annotations' / f"{shown['image']}.png").resize((24, 24), 0)
        assert not any(np.array_equal(decode(value), mask) for _, value in texts(shown) if value.startswith('iVBOR'))


def test_outcomes_agree_with_the_masks(results, tiny_dataset):
    shown = json.loads((results / 'figures/tiny.json').read_text())['panels'][0]
    truth = np.array(Image.open(tiny_dataset / 'annotations' / f"{shown['image']}.png").resize((24, 24), 0))
    base, ours, _ = map(decode, shown['predictions'])
    assert np.array_equal(decode(shown['outcomes'][0]), (base != truth) + 2 * (ours != truth))


def test_pictures_come_from_the_json_alone_and_are_the_same_twice(figures, results, tmp_path):
    elsewhere = tmp_path / 'alone'
    shutil.copytree(results, elsewhere / 'results')
    lines = figures['draw_all'](elsewhere / 'results', elsewhere / 'docs')['tiny']
    names = ['tiny_gradient_maps.png', 'tiny_gradients.png', 'tiny_panels.png']
    assert sorted(path.name for path in (elsewhere / 'docs/figures').iterdir()) == names
    assert all(any(f'(figures/{name})' in line for line in lines) for name in names)
    assert [line.count('|') for line in lines if line.startswith('| ')] == [13, 13, 13], 'header and two methods'
    figures['main'](['--results', str(results), '--docs', str(tmp_path / 'docs')])
    for name in names:
        once, twice = ((folder / 'docs/figures' / name).read_bytes() for folder in (elsewhere, tmp_path))
        assert once == twice and b'Software' not in once


def test_gradients_of_a_backbone_whose_outputs_are_the_stages(tool):
    ramp = torch.arange(6.).expand(2, 3, 6, 6)
    backbone = torch.nn.Module()
    backbone.forward = lambda images: (ramp, 2 * ramp[..., :4, :4])
    hook = tool['CollectGradients']()
    hook.before_test(SimpleNamespace(model=SimpleNamespace(backbone=backbone)))
    samples = [SimpleNamespace(img_path=path) for path in ('a/0.png', 'b/0.png')]
    backbone(None)
    hook.after_test_iter(None, 0, None, samples)
    assert list(hook.maps) == ['0', 'b/0.png'] and [stage.shape for stage in hook.maps['b/0.png']] == [(6, 6), (4, 4)]
    assert hook.maps['0'][0][:, 1:-1] == pytest.approx(1) and hook.maps['0'][1][:, 1:-1] == pytest.approx(2)
    for _ in range(2):
        backbone(None)
    with pytest.raises(ValueError, match='one pass over each image'):
        hook.after_test_iter(None, 1, None, samples)


def test_mistakes(tool, methods, tiny_dataset, capsys):
    with pytest.raises(SystemExit):
        tool['main'](['tiny', *methods[:4]])
    assert 'give --method twice or more' in capsys.readouterr().err
    of_another = [*methods[:7], methods[3]]
    with pytest.raises(SystemExit, match=r"checkpoint '.*base.pth' is not of config '.*ours.py'"):
        tool['main'](['tiny', *of_another, '--data-root', str(tiny_dataset)])


def test_what_cannot_be_compared(tool):
    def tested(images, classes=('a', 'b'), stages=2):
        return SimpleNamespace(title='t', cases=dict.fromkeys(images), meta=dict(classes=classes),
                               gradients=dict.fromkeys(images, [0] * stages))
    tool['check_same']([tested('xy'), tested('yx')])
    for other, message in ((tested('x'), 'test images'), (tested('xy', ('a', )), 'classes'),
                           (tested('xy', stages=3), 'number of encoder stages')):
        with pytest.raises(ValueError, match=f'cannot be compared: other {message}'):
            tool['check_same']([tested('xy'), other])
