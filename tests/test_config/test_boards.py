# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Tests of the short way to a board: what it changes in a config, and what it leaves."""
import pytest
from mmengine.config import Config

from mmseg_entmin.config import boards

LOCAL = dict(type='LocalVisBackend')


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    monkeypatch.setattr(boards, 'find_spec', lambda name: object())


def config(**options) -> Config:
    return Config(dict(work_dir='work_dirs/a/', **options))


def test_adds_the_backend_and_the_pictures():
    cfg = config(visualizer=dict(vis_backends=[LOCAL]), default_hooks=dict(visualization=dict(
        type='SegVisualizationHook', interval=3)))
    for _ in range(2):  # twice is once
        boards.add_board(cfg, 'tensorboard')
    assert cfg.visualizer.vis_backends == [LOCAL, dict(type='TensorboardVisBackend')]
    assert cfg.default_hooks.visualization == dict(type='UncertaintyVisualizationHook', interval=3)


def test_a_config_that_says_nothing():
    cfg = config()
    boards.add_board(cfg, 'wandb')
    assert cfg.visualizer.vis_backends == [dict(type='WandbVisBackend', init_kwargs=dict(name='a'))]
    assert cfg.default_hooks.visualization.type == 'UncertaintyVisualizationHook'


def test_what_the_config_says_itself_stays():
    backends = [dict(type='WandbVisBackend', init_kwargs=dict(project='mine'))]
    cfg = config(visualizer=dict(vis_backends=backends), default_hooks=dict(visualization=dict(type='Own')))
    boards.add_board(cfg, 'wandb')
    assert cfg.visualizer.vis_backends == backends and cfg.default_hooks.visualization.type == 'Own'


def test_other_spellings_of_the_backend_and_of_the_pictures():
    backends = [dict(type='mmengine.TensorboardVisBackend')]
    cfg = config(visualizer=dict(vis_backends=backends), default_hooks=dict(visualization=dict(
        type='mmseg.SegVisualizationHook')))
    boards.add_board(cfg, 'tensorboard')
    assert cfg.visualizer.vis_backends == backends
    assert cfg.default_hooks.visualization.type == 'UncertaintyVisualizationHook'


def test_a_package_that_is_missing(monkeypatch):
    monkeypatch.setattr(boards, 'find_spec', lambda name: None)
    with pytest.raises(ValueError, match='--board wandb needs the package: pip install wandb'):
        boards.add_board(config(), 'wandb')
