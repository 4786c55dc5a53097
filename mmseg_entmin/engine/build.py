# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""From a config to a runner, on a GPU or without one."""
import itertools
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

from mmengine.config import Config
from mmengine.runner import Runner
from mmseg.registry import RUNNERS
from torch import nn

from mmseg_entmin.config.checks.keys import DEFAULT_HOOKS as MMENGINE_HOOKS
from mmseg_entmin.config.no_gpu import adapt_to_cpu
from mmseg_entmin.datasets.transforms.cached import cache_pipelines
from mmseg_entmin.walk import type_name

from .checkpoints.checkpoint_file import read_checkpoint
from .checkpoints.weights import check_some_fit, check_weights
from .explained import explained
from .hooks.fast_hook import add_fast_hook
from .runner import ResumableRunner

RUNS = itertools.count()  # trainings and tests of this process
# The hooks of every training; a config that has one of a type keeps it, with its options.
DEFAULT_HOOKS: Sequence[dict] = [dict(type=name) for name in (
    'PreemptionHook', 'ExactResumeHook',  # in this order: the second may validate
    'NonFiniteLossHook', 'ProgressHook', 'StuckShareHook', 'UnreadableImagesHook')]


def prepare_run(cfg: Config) -> None:
    """Makes the work dir, and adapts the config in place to this machine. It gets the package's default hooks, and an
    experiment name of its own: MMEngine keeps loggers by name, so a second run would write into the first one's files.
    """
    make_work_dir(cfg.get('work_dir') or '.')
    adapt_to_cpu(cfg)
    if cfg.get('cache_mib'):
        cache_pipelines(cfg, cfg.cache_mib)
    add_default_hooks(cfg)
    if cfg.get('fast'):
        add_fast_hook(cfg)
    if cfg.get('visualizer'):
        cfg.visualizer.pop('name', None)  # it gets that of the experiment
    if place := next(RUNS):  # the name of the first run is its start time in seconds
        name = cfg.get('experiment_name') or Path(cfg.filename or 'run').stem
        cfg.experiment_name = f'{name}_{place}'


def add_default_hooks(cfg: Config, hooks: Sequence[dict] = DEFAULT_HOOKS) -> None:
    """Appends hooks of types that the config has not, in place; hooks set to None go, unless MMEngine reads it."""
    own = [hook for hook in cfg.get('custom_hooks') or [] if hook]
    if cfg.get('default_hooks'):
        cfg.default_hooks = {name: hook for name, hook in cfg.default_hooks.items() if hook or name in MMENGINE_HOOKS}
    types = {type_name(hook) for hook in [*(cfg.get('default_hooks') or {}).values(), *own] if hook}
    cfg.custom_hooks = [*own, *(hook for hook in hooks if hook['type'] not in types)]


def make_work_dir(path: str) -> None:
    """Makes the work dir; OSError with a remedy if it cannot be made or written to."""
    problem = 'made'
    try:
        os.makedirs(path, exist_ok=True)
        problem = 'written to'
        TemporaryFile(dir=path).close()
    except OSError as error:
        raise OSError(f"work dir '{path}' cannot be {problem}: {error.strerror}; give another --work-dir, or make "
                      'room') from error


def build_runner(cfg: Config, checkpoint: dict | None = None, whole: bool = False) -> Runner:
    """Builds the runner of a config after `prepare_run`. ``checkpoint`` is the content of ``cfg.load_from``, if it was
    read; with ``whole`` it has to hold all weights of the model. `RefusedConfig` for a key that a constructor refuses,
    `UnfitWeights` for another model's checkpoint."""
    with explained(cfg), warnings.catch_warnings():
        warnings.filterwarnings('ignore', 'The draw is False|For binary segmentation')
        runner = RUNNERS.build(cfg) if 'runner_type' in cfg else ResumableRunner.from_cfg(cfg)
    if cfg.get('load_from') and isinstance(getattr(runner, 'model', None), nn.Module):  # strategies build it later
        checkpoint = read_checkpoint(cfg.load_from) if checkpoint is None else checkpoint
        (check_weights if whole else check_some_fit)(runner.model, checkpoint, cfg.load_from, cfg.filename)
        if isinstance(runner, ResumableRunner):
            runner.loaded = checkpoint
    return runner
