# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""An error of a constructor is told with the key of the value that it refused."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config.checks import explain
from mmseg_entmin.engine.build import build_runner, prepare_run
from mmseg_entmin.engine.explained import RefusedConfig
from tests.tiny import unet_cfg


@pytest.mark.parametrize('change, line', [
    (dict(unsup_weight=-1), 'model.unsup_weight: EntMin: unsup_weight=-1, must not be negative'),
    (dict(ramp_up=dict(iters=-1)), 'model.ramp_up.iters: ramp_up: iters=-1, must not be negative'),
    (dict(test_cfg=dict(mode='whole', class_refinement=dict(threshold=2))),
     'model.test_cfg.class_refinement.threshold: class_refinement: threshold=2, must be in 0..1'),
    (dict(unsupervised_losses=[dict(type='EntropyLoss'), dict(type='ClassConsistencyLoss', threshold=2)]),
     'model.unsupervised_losses[1].threshold: ClassConsistencyLoss: threshold=2, must be in 0..1, or None for 1 / C'),
])
def test_what_the_method_refuses(change, line, tmp_path):
    cfg = Config(dict(model=unet_cfg(**change), work_dir=str(tmp_path), default_scope='mmseg'))
    prepare_run(cfg)
    with pytest.raises(RefusedConfig) as error:
        build_runner(cfg)
    assert str(error.value) == line


@pytest.mark.parametrize('error, line', [
    (TypeError("class `A` in a.py: A.__init__() got an unexpected keyword argument 'wrong'"),
     'model.a.wrong: A has no su'),
    (TypeError("Base.__init__() got an unexpected keyword argument 'wrong'"), 'model.a.wrong: Base has no such option'),
    (TypeError("A.__init__() missing 1 required positional argument: 'right'"), "model.a: A also needs 'right'"),
    (KeyError('A is not in the mmseg::model registry. Please'),
     "model.a.type='A': there is no such component in mmseg::"),
])
def test_what_python_and_mmengine_refuse(error, line):
    assert explain(Config(dict(model=dict(a=dict(type='A', wrong=1)))), error).startswith(line)


@pytest.mark.parametrize('error', [RuntimeError('A: b=3'), ValueError('something'), KeyError('absent')])
def test_any_other_error_keeps_its_traceback(error):
    assert explain(Config(dict(model=dict(type='A'))), error) is None
