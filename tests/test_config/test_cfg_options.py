# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Options of the command line: what is read of them, and which are refused."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.cfg_options import apply_options, parse_options


def test_blanks_inside_a_text_are_kept():
    found = parse_options(['load_from=w d/x.pth', 'a=[1, 2 ,(3, b c)]', 'b="[x, y]"', 'c= 3', 'd=None', 'e=[]',
                           'f="in quotes"'])
    assert found == dict(load_from='w d/x.pth', a=[1, 2, (3, 'b c')], b=['x', 'y'], c=3, d=None, e=[], f='in quotes')


@pytest.mark.parametrize('key, message', [
    ('seed', r'--cfg-options seed=3: nothing reads seed; set randomness.seed \(--seed\)'),
    ('data_root', 'nothing reads data_root; the file has used its variables already; set --data-root'),
    ('crop_size', 'the file has used its variables already; set the keys that its value went into'),
    ('modl.depth', r'modl.depth=3: nothing reads modl; did you mean model\?'),
])
def test_what_nothing_reads_is_refused(key, message):
    with pytest.raises(ValueError, match=message):
        apply_options(Config(dict(model=dict(depth=1), data_root='a', crop_size=(2, 2))), {key: 3})


def test_what_the_runner_and_this_package_read_is_set():
    cfg = Config(dict(model=dict(depth=1)))
    apply_options(cfg, {'model.depth': 2, 'cache_mib': 5, 'compile': True, 'check_data': 'off', 'load_from': 'a.pth'})
    assert (cfg.model.depth, cfg.cache_mib, cfg.compile, cfg.load_from) == (2, 5, True, 'a.pth')
    apply_options(cfg, {})
