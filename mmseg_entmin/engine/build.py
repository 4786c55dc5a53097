# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""From a config to a runner, on a GPU or without one."""
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from mmengine.config import Config
from mmengine.runner import Runner
from mmseg.registry import RUNNERS
from torch import nn

from mmseg_entmin.config.checks import explain
from mmseg_entmin.config.no_gpu import adapt_to_cpu
from mmseg_entmin.datasets.transforms.cached import cache_pipelines
from mmseg_entmin.errors import Refusal

from .checkpoints.checkpoint_file import read_checkpoint
from .checkpoints.weights import check_some_fit, check_weights
from .hooks.default_hooks import add_default_hooks
from .runner import ResumableRunner

RUNS = itertools.count()  # trainings and tests of this process


class RefusedConfig(Refusal, ValueError):
    """A config whose component refuses an option; the message names the key."""


def prepare_run(cfg: Config) -> None:
    """Makes the work dir, and adapts the config to this machine and to this package: in place.

    The config gets the hooks of :mod:`default_hooks` that it does not name itself, and a name that no other run of
    this process has: MMEngine keeps loggers and visualizers by name, and a second run of one name would write where the
    first one does.

    Raises:
        OSError: the work dir cannot be made or written to.
        ValueError: the launcher did not set the environment variables of a distributed run.
    """
    make_work_dir(cfg.get('work_dir') or '.')
    adapt_to_cpu(cfg)
    if cfg.get('cache_mib'):
        cache_pipelines(cfg, cfg.cache_mib)
    add_default_hooks(cfg)
    if cfg.get('visualizer'):
        cfg.visualizer.pop('name', None)  # it gets the experiment's
    if place := next(RUNS):  # that of the first one differs by the second of the start alone
        name = cfg.get('experiment_name') or Path(cfg.filename or 'run').stem
        cfg.experiment_name = f'{name}_{place}'


def make_work_dir(path: str) -> None:
    """Makes the work dir, or raises an OSError that says why it cannot be made or written to."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise OSError(f"work dir '{path}' cannot be made: {error.strerror}; give another --work-dir") from error
    try:
        TemporaryFile(dir=path).close()
    except OSError as error:
        raise OSError(f"work dir '{path}' cannot be written to: {error.strerror}; make room, or give another "
                      '--work-dir') from error


def build_runner(cfg: Config, checkpoint: dict | None = None, whole: bool = False) -> Runner:
    """Builds the runner, of the class named by ``cfg.runner_type`` if there is one.

    Args:
        cfg: a config that :func:`prepare_run` prepared.
        checkpoint: content of ``cfg.load_from``, which the runner takes instead of reading it again. Default: it is
            read if the config names one.
        whole: the checkpoint has to hold all weights of the model, as a test or a resumed training needs. Default: a
            part of them is enough to start from.

    Raises:
        RefusedConfig: the constructor of a component refuses the config; an error that no key of the config explains
            goes through as it is.
        UnfitWeights: the checkpoint does not fit the model.
    """
    with explained(cfg):
        runner = RUNNERS.build(cfg) if 'runner_type' in cfg else ResumableRunner.from_cfg(cfg)
    if cfg.get('load_from') and isinstance(getattr(runner, 'model', None), nn.Module):  # strategies build it later
        checkpoint = read_checkpoint(cfg.load_from) if checkpoint is None else checkpoint
        (check_weights if whole else check_some_fit)(runner.model, checkpoint, cfg.load_from, cfg.filename)
        if isinstance(runner, ResumableRunner):
            runner.loaded = checkpoint
    return runner


@contextmanager
def explained(cfg: Config) -> Iterator[None]:
    """Turns what a component's constructor refuses into a line that names the key.

    Raises:
        RefusedConfig: for an error that can be explained; any other one goes through.
    """
    try:
        yield
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        reason = explain(cfg, error)
        if reason is None:
            raise
        raise RefusedConfig(reason) from error
