# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of demo/demo.py: a run of four iterations, and its options."""
import importlib.util
import json
import re

import pytest
from mmengine.config import Config
from PIL import Image


@pytest.fixture(scope='module')
def demo(repo_root):
    spec = importlib.util.spec_from_file_location('demo_demo', repo_root / 'demo' / 'demo.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_demo(demo, tmp_path, capfd):
    out, data_root = tmp_path / 'out', tmp_path / 'cells'
    demo.main(['--iters', '4', '--seed', '3', '--out', str(out), '--data-root', str(data_root), '--num-train', '80',
               '--num-test', '6'])  # yapf: disable
    record = json.loads((out / 'demo.json').read_text())
    results = record['results']
    assert list(results) == ['supervised', 'entropy minimization']
    assert [(r['labeled'], r['unlabeled'], r['iterations']) for r in results.values()] == [(8, 0, 4), (8, 72, 4)]
    assert (record['seed'], record['test_images']) == (3, 6) and record['versions']['mmseg_entmin']
    for folder, result in zip(('supervised', 'entmin'), results.values()):
        assert (out / folder / result['checkpoint']).is_file() and result['checkpoint'] == 'iter_4.pth'
        assert Config.fromfile(next((out / folder).glob('*.py'))).randomness.seed == 3
        assert len(list((out / folder).glob('*/vis_data/config.py'))) == 1, 'each in a folder of its own'

    printed, noise = capfd.readouterr()
    rows = [re.split(r' *\| *', line)[1:-1] for line in printed.splitlines() if line.startswith('|')]
    assert rows[0] == ['', 'labeled', 'unlabeled', 'mIoU', 'F1', 'recall', 'precision', 'accuracy']
    for row, (method, result) in zip(rows[1:], results.items()):
        assert row == [method, str(result['labeled']), str(result['unlabeled']),
                       *(f'{value:.2f}' for value in result['metrics'].values())]  # yapf: disable
        assert all(0 <= value <= 100 for value in result['metrics'].values())
    assert rows[3] == ['difference', '', '', *(f'{value:+.2f}' for value in record['difference'].values())]
    assert len(re.findall(r'^ +4/4  0:\d\d, 0:00 left  loss \d', printed, re.M)) == 2
    assert len(printed.splitlines()) <= 20 and noise == ''

    gains = record['gains']
    assert len(gains) == 6
    assert gains[record['shown']['worst']] == min(gains.values())
    assert gains[record['shown']['best']] == max(gains.values())
    width, height = Image.open(out / 'demo.png').size
    assert 1000 < width < 2000 and 1000 < height < 2000
    small = Image.open(out / 'demo_rows.png').size
    assert 0.95 * width < small[0] < 1.05 * width and 0.5 * height < small[1] < 0.7 * height, 'three rows of five'


@pytest.mark.parametrize('argv, message', [
    (['--num-train', '41'], 'holds a set of another size'),
    (['--num-test', '0'], 'num_test=0'),
])
def test_mistakes(demo, tmp_path, argv, message):
    demo.generate(tmp_path / 'cells', 10, 1)
    with pytest.raises(SystemExit, match=message):
        demo.main(['--data-root', str(tmp_path / 'cells'), *argv])


def test_iters_must_be_positive(demo, capsys):
    with pytest.raises(SystemExit):
        demo.parse_args(['--iters', '0'])
    assert '--iters 0: give 1 at least' in capsys.readouterr().err


def test_shorten_keeps_the_course(demo):
    cfg = Config(dict(
        model=dict(ramp_up=dict(iters=500)),
        param_scheduler=[dict(type='LinearLR', begin=0, end=100), dict(type='PolyLR', begin=100, end=2000)],
        train_cfg=dict(max_iters=2000)))  # yapf: disable
    demo.shorten(cfg, 200)
    assert [(s.begin, s.end) for s in cfg.param_scheduler] == [(0, 10), (10, 200)]
    assert cfg.model.ramp_up.iters == 50 and cfg.train_cfg.max_iters == 200
    demo.shorten(cfg, 4)
    assert [(s.begin, s.end) for s in cfg.param_scheduler] == [(0, 1), (0, 4)]
