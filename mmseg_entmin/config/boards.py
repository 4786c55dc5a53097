# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Boards that show a run while it trains: MMEngine's backends, by short names."""
import os.path as osp
from importlib.util import find_spec

from mmengine.config import Config

from mmseg_entmin.walk import type_name

BACKENDS = dict(tensorboard='TensorboardVisBackend', wandb='WandbVisBackend')
PICTURES = 'UncertaintyVisualizationHook'


def add_board(cfg: Config, board: str) -> None:
    """Lets a run write scalars, and pictures of the uncertainty at each validation, to 'tensorboard' or 'wandb'. It
    sets ``visualizer.vis_backends`` and ``default_hooks.visualization`` in place; the config's own options stay."""
    if find_spec(board) is None:
        raise ValueError(f'--board {board} needs the package: pip install {board}')
    visualizer = dict(cfg.get('visualizer') or dict(type='SegLocalVisualizer'))
    backends = list(visualizer.get('vis_backends') or [])
    if BACKENDS[board] not in map(type_name, backends):
        options = dict(init_kwargs=dict(name=osp.basename(osp.normpath(cfg.work_dir)))) if board == 'wandb' else {}
        backends.append(dict(type=BACKENDS[board], **options))
    cfg.visualizer = dict(visualizer, vis_backends=backends)
    hooks = dict(cfg.get('default_hooks') or {})
    pictures = hooks.get('visualization') or {}
    if type_name(pictures) in (None, 'SegVisualizationHook'):
        cfg.default_hooks = dict(hooks, visualization=dict(pictures, type=PICTURES))
