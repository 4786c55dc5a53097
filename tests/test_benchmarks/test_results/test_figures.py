# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The record of the pictures holds what they need and no photograph or mask, and they come from it alone."""
import json
import shutil
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from benchmarks.results import figure_data, figures
from benchmarks.results.stored_maps import decode
from tests.conftest import TINY_CONFIG
from tests.tiny import build

OURS = '''
_base_ = './tiny_fcn.py'
model = dict(
    type='{kind}', decode_head=dict(_delete_=True, type='UncertaintyHead', head=_base_.model.decode_head),
    cls_head=dict(type='UncertaintyClsHead', in_channels=8, num_classes=3))
'''


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('figures')


@pytest.fixture(scope='module')
def methods(folder) -> list:
    """Arguments for three networks of random weights: supervised, the method, and the one whose teacher predicts."""
    arguments = []
    (folder / 'tiny_fcn.py').write_text(TINY_CONFIG)
    for title, kind in (('base', None), ('ours', 'EntMin'), ('teacher', 'EntMinConsistency')):
        config = folder / (f'{title}.py' if kind else 'tiny_fcn.py')
        if kind:
            config.write_text(OURS.format(kind=kind))
        cfg = Config.fromfile(config).model
        cfg.backbone.norm_cfg.type = 'BN'
        torch.manual_seed(0)
        torch.save(dict(state_dict=build(cfg).state_dict()), folder / f'{title}.pth')
        arguments += ['--method', title, str(config), str(folder / f'{title}.pth')]
    return arguments


@pytest.fixture(scope='module')
def run(folder, methods, tiny_original):
    """Writes tiny.json; the arguments of ``record``, which has made it."""
    with mock.patch.object(figure_data, 'record', wraps=figure_data.record) as record:
        figure_data.main(['tiny', *methods, '--data-root', str(tiny_original), '--out', str(folder), '--width', '24',
                          '--gradient-width', '8', '--photographs', str(folder / 'photographs.png')])
    assert Image.open(folder / 'photographs.png').size[0] > 500
    return record.call_args_list[0].args


@pytest.fixture
def data(run, folder) -> dict:
    return json.loads((folder / 'tiny.json').read_text())


def texts(node, key=''):
    """Every string with the key that leads to it."""
    if isinstance(node, dict):
        return [found for name, child in node.items() for found in texts(child, name)]
    if isinstance(node, list):
        return [found for child in node for found in texts(child, key)]
    return [(key, node)] if isinstance(node, str) else []


def test_what_is_kept(data):
    assert data['test_list'] == 'splits/test.txt' and data['test_images'] == 4
    assert data['classes'] == ['background', 'square', 'disc'] and data['palette'][1] == [200, 60, 60]
    assert [(m['title'], m['config']) for m in data['methods']] == [
        ('base', 'tiny_fcn'), ('ours', 'ours'), ('teacher', 'teacher')]
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


def test_no_photograph_and_no_mask_is_kept(data, tiny_original):
    assert str(tiny_original) not in json.dumps(data), 'nor a path'
    pictures = [(key, decode(value)) for key, value in texts(data) if value.startswith('iVBOR')]
    assert {key for key, _ in pictures} == {'maps', 'predictions', 'outcomes'}
    assert set(data['panels'][0]) == {'place', 'image', 'miou', 'predictions', 'outcomes'}
    assert {key for key, _ in texts(data)} == {'name', 'test_list', 'classes', 'title', 'config', 'image', 'place',
                                               'maps', 'predictions', 'outcomes'}
    assert all(picture.ndim == 2 and picture.shape[1] <= 24 for _, picture in pictures), 'no colors'
    for shown in data['panels']:
        mask = Image.open(tiny_original / 'annotations' / f"{shown['image']}.png").resize((24, 24), 0)
        assert not any(np.array_equal(decode(value), mask) for _, value in texts(shown) if value.startswith('iVBOR'))


def test_outcomes_agree_with_the_masks(data, tiny_original):
    shown = data['panels'][0]
    truth = np.array(Image.open(tiny_original / 'annotations' / f"{shown['image']}.png").resize((24, 24), 0))
    base, ours, _ = map(decode, shown['predictions'])
    assert np.array_equal(decode(shown['outcomes'][0]), (base != truth) + 2 * (ours != truth))


def test_image_and_truth_are_kept_if_asked_for(run, data, tiny_original, tmp_path, figure):
    kept = figure_data.record(*run[:4], with_images=True)
    shown = kept['panels'][0]
    photograph, truth = (np.array(Image.open(tiny_original / f"{part}/{shown['image']}.png"))
                         for part in ('images', 'annotations'))
    assert np.array_equal(decode(shown['photograph']), photograph)
    assert np.array_equal(decode(shown['truth']), np.array(Image.fromarray(truth).resize((24, 24), 0)))
    assert [{key: value for key, value in panel.items() if key not in ('photograph', 'truth')}
            for panel in kept['panels']] == data['panels']
    figures.draw_outcomes(kept, tmp_path / 'panels.png')
    assert [ax.get_title() for ax in figure().axes[:4]] == ['image', 'truth', 'base', 'ours']


def test_pictures_come_from_the_record_alone_and_are_the_same_twice(data, folder, tmp_path):
    (tmp_path / 'records').mkdir()
    shutil.copy(folder / 'tiny.json', tmp_path / 'records')
    assert figures.read_figures(tmp_path / 'records') == dict(tiny=data)
    names = ['tiny_gradient_maps.png', 'tiny_gradients.png', 'tiny_panels.png']
    for place in ('once', 'twice'):
        figures.draw_single_images(figures.read_figures(tmp_path / 'records'), tmp_path / place)
        assert sorted(path.name for path in (tmp_path / place).iterdir()) == names
    for name in names:
        once, twice = ((tmp_path / place / name).read_bytes() for place in ('once', 'twice'))
        assert once == twice and b'Software' not in once
    assert [line.count('|') for line in figures.decile_table(data)] == [13] * 4, 'header, rule and two methods'


def test_gradients_of_a_backbone_whose_outputs_are_the_stages():
    ramp = torch.arange(6.).expand(2, 3, 6, 6)
    backbone = torch.nn.Module()
    backbone.forward = lambda images: (ramp, 2 * ramp[..., :4, :4])
    hook = figure_data.CollectGradients()
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


def test_mistakes(methods, tiny_original, capsys):
    with pytest.raises(SystemExit):
        figure_data.main(['tiny', *methods[:4]])
    assert 'give --method twice or more' in capsys.readouterr().err
    of_another = [*methods[:7], methods[3]]
    with pytest.raises(SystemExit, match=r"checkpoint '.*base.pth' is not of config '.*ours.py'"):
        figure_data.main(['tiny', *of_another, '--data-root', str(tiny_original)])


def test_what_cannot_be_compared():
    def tested(images, classes=('a', 'b'), stages=2):
        return SimpleNamespace(title='t', cases=dict.fromkeys(images), meta=dict(classes=classes),
                               gradients=dict.fromkeys(images, [0] * stages))
    figure_data.check_same([tested('xy'), tested('yx')])
    for other, message in ((tested('x'), 'test images'), (tested('xy', ('a', )), 'classes'),
                           (tested('xy', stages=3), 'number of encoder stages')):
        with pytest.raises(ValueError, match=f'cannot be compared: other {message}'):
            figure_data.check_same([tested('xy'), other])
