# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""A runner is built on any machine, in a folder of its own, from a checkpoint that fits."""
import errno

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import CheckpointHook

from mmseg_entmin.engine import build
from mmseg_entmin.engine.checkpoints.weights import UnfitWeights

HOOKS = (dict(type='A'), dict(type='B', every=2))


@pytest.mark.parametrize('runner_type', [None, 'Runner'])
def test_build_runner_honours_runner_type(monkeypatch, runner_type):
    built = []
    monkeypatch.setattr(build.ResumableRunner, 'from_cfg', lambda cfg: built.append('default'))
    monkeypatch.setattr(build.RUNNERS, 'build', lambda cfg: built.append(cfg.runner_type))
    build.build_runner(Config(dict(runner_type=runner_type) if runner_type else dict()))
    assert built == [runner_type or 'default']


def test_a_second_training_of_a_process_logs_into_its_own_folder(tiny_config, tmp_path, monkeypatch):
    monkeypatch.setattr('time.time', lambda: 1.8e9)  # in the same second too
    runners = []
    for name in ('first', 'second'):
        cfg = Config.fromfile(tiny_config)
        cfg.merge_from_dict(dict(
            work_dir=str(tmp_path / name), launcher='none', visualizer=dict(
                type='SegLocalVisualizer', vis_backends=[dict(type='LocalVisBackend')], name='visualizer')))
        build.prepare_run(cfg)
        runners.append(build.build_runner(cfg))
    folders = [runner.visualizer._vis_backends['LocalVisBackend']._save_dir for runner in runners]
    assert '/first/' in folders[0] and '/second/' in folders[1]
    assert runners[0].logger is not runners[1].logger


def test_a_work_dir_that_cannot_be_made(tiny_config, tmp_path):
    cfg = Config.fromfile(tiny_config)
    for work_dir in (tiny_config, tiny_config / 'below'):
        cfg.work_dir = str(work_dir)
        with pytest.raises(OSError, match='work dir .*tiny_fcn.py.* cannot be made: .*; give another'):
            build.prepare_run(cfg)


def test_a_work_dir_that_cannot_be_written_to(tmp_path, monkeypatch):
    def full(dir):
        raise OSError(errno.ENOSPC, 'No space left on device', dir)

    build.make_work_dir(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(build, 'TemporaryFile', full)
    with pytest.raises(OSError, match=f"work dir '{tmp_path}' cannot be written to: No space left on device; "):
        build.make_work_dir(str(tmp_path))


@pytest.mark.parametrize('whole, message', [
    (True, "a.pth' is not of config .*: it lacks .* weights, like backbone"),
    (False, r"load_from='.*a.pth': none of its 1 weights fits the model of config"),
])
def test_a_checkpoint_of_another_model_is_refused(tiny_config, tmp_path, whole, message):
    torch.save(dict(state_dict=dict(w=torch.zeros(1))), tmp_path / 'a.pth')
    cfg = Config.fromfile(tiny_config)
    cfg.merge_from_dict(dict(work_dir=str(tmp_path / 'work'), load_from=str(tmp_path / 'a.pth'), launcher='none'))
    build.prepare_run(cfg)
    with pytest.raises(UnfitWeights, match=message):
        build.build_runner(cfg, whole=whole)


def test_adds_what_the_config_does_not_name():
    cfg = Config(dict(default_hooks=dict(a=dict(type='A', own=1), off=None), custom_hooks=[dict(type='C')]))
    build.add_default_hooks(cfg, HOOKS)
    assert cfg.custom_hooks == [dict(type='C'), dict(type='B', every=2)]


@pytest.mark.parametrize('options', [dict(), dict(default_hooks=None, custom_hooks=None)])
def test_config_without_hooks(options):
    cfg = Config(options)
    build.add_default_hooks(cfg, HOOKS)
    assert cfg.custom_hooks == list(HOOKS)


def test_a_hook_may_be_named_by_its_class():
    """As in configs in pure Python style."""
    cfg = Config(dict(custom_hooks=[dict(type=CheckpointHook, interval=3)]))
    build.add_default_hooks(cfg, [dict(type='CheckpointHook')])
    assert [hook['interval'] for hook in cfg.custom_hooks] == [3]
