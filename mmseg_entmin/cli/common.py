# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What ``tools/train.py`` and ``tools/test.py`` share: options, loading the config, and running.

This is a module of the package so that using it imports the package: its components are then registered, and MMEngine
knows where ``mmseg::`` base configs are, before any config is read (``custom_imports`` runs after the bases are read).
"""
import itertools
import os
import re
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from mmengine.config import Config
from mmengine.runner.checkpoint import _load_checkpoint
from mmseg.registry import RUNNERS
from torch import nn

from mmseg_entmin.config.cfg_options import CfgOptions, apply_options
from mmseg_entmin.config.checks import check_config, explain
from mmseg_entmin.config.no_gpu import adapt_to_cpu
from mmseg_entmin.datasets.guards import UnreadableFile, guard
from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.datasets.transforms.cached import cache_pipelines
from mmseg_entmin.engine.checkpoints.checkpoint_file import read_checkpoint
from mmseg_entmin.engine.checkpoints.safe_load import UntrustedCheckpoint, weights_only
from mmseg_entmin.engine.checkpoints.weights import check_some_fit, check_weights
from mmseg_entmin.engine.hooks import CheckpointNotSaved, NonFiniteLoss
from mmseg_entmin.engine.hooks.default_hooks import add_default_hooks
from mmseg_entmin.engine.runner import ResumableRunner
from mmseg_entmin.errors import UsageError, reason
from mmseg_entmin.walk import dicts

from .data_check import refuse_lists

RUNS = itertools.count()  # trainings and tests of this process
# What gloo and NCCL say where another process has died, and how long one that lives waits with its own end.
PEER_LOST, PEER_SECONDS = re.compile('by peer|remote process exited'), 3.


def add_common_arguments(parser: ArgumentParser) -> None:
    """Adds the options that every tool has, spelled as in mmseg's tools, and ``--data-root``."""
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder for logs and results (default: ./work_dirs/<name of the config>)')
    parser.add_argument('--data-root', metavar='DIR', help='folder of the data set, in place of every data_root')
    parser.add_argument(
        '--cfg-options',
        nargs='+',
        action=CfgOptions,
        help='settings that override the config: key=value, with dots for nested keys and quotes around lists, '
        'for example train_dataloader.batch_size=4 key="[a,b]"')
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    # torch.distributed.launch adds one of these, by its version; torch.distributed.run sets LOCAL_RANK instead.
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0, help='set by the launcher')


def load_config(args: Namespace) -> Config:
    """Reads the config file and applies the common options; ``--cfg-options`` has the last word over the file.

    Args:
        args (Namespace): What a parser with :func:`add_common_arguments` returned.

    Returns:
        Config: The config, with ``launcher`` and ``work_dir`` set.

    Raises:
        UsageError: If the config file or the data root is missing, or nothing reads an option.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config, args.data_root)
    cfg.launcher = args.launcher
    apply_options(cfg, args.cfg_options)
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or os.path.join('./work_dirs', Path(args.config).stem)
    return cfg


def read_config(path: str, data_root: str | None = None) -> Config:
    """Reads a config file, and redirects its data if ``data_root`` is given.

    Raises:
        UsageError: If the config file or the data root is missing, or the file cannot be read or refuses its base.
    """
    if not Path(path).is_file():
        raise UsageError(f"config file '{path}' does not exist (current folder: {os.getcwd()})")
    try:
        cfg = Config.fromfile(path)
    except Exception as error:  # a config is a program: anything can go wrong in it
        why = reason(error).split(', the current sys.path is')[0]
        raise UsageError(f"config '{path}' cannot be read: {why}") from error
    for node in dicts(cfg._cfg_dict):  # of a base 'mmseg_entmin::...', whose components are in mmseg's registries
        if node.get('_scope_') == 'mmseg_entmin':
            node['_scope_'] = 'mmseg'
    if data_root is not None:
        redirect_data_root(cfg, data_root)
    return cfg


def redirect_data_root(cfg: Config, data_root: str) -> None:
    """Sets every ``data_root`` in the config, at any depth, to one folder.

    Args:
        cfg (Config): The config, changed in place.
        data_root (str): The folder that holds the data set.

    Raises:
        UsageError: If ``data_root`` is not a folder, or if the config has no key ``data_root``.
    """
    if not Path(data_root).is_dir():
        raise UsageError(f"--data-root '{data_root}' is not a folder")
    holders = [node for node in dicts(cfg._cfg_dict) if 'data_root' in node]
    if not holders:
        raise UsageError(f"--data-root '{data_root}' has no effect: no data_root in config '{cfg.filename}'")
    for node in holders:
        node['data_root'] = data_root


def require_checkpoint(path: str) -> str:
    """Returns ``path``, a URL or a file of a checkpoint, once it is seen to be one.

    Raises:
        UsageError: If it is a file that is missing, cut off, damaged or something else.
    """
    if '://' not in path:
        if not os.path.exists(path):
            raise UsageError(f"checkpoint '{path}' does not exist (current folder: {os.getcwd()})")
        try:
            read_checkpoint(path)
        except (OSError, ValueError) as error:
            raise UsageError(str(error)) from None
    return path


def build_runner(cfg: Config, training: bool = False) -> ResumableRunner:
    """Builds the runner, of the class named by ``cfg.runner_type`` if there is one, able to run without a GPU.

    The config gets the hooks of :mod:`default_hooks` that it does not name itself. Whether it is for ``training``
    matters to :func:`check_config` alone.

    Raises:
        UsageError: If :func:`check_config` or the constructor of a component refuses the config, a list to train on is
            missing, the work dir cannot be made, or the checkpoint to start from does not fit the model.
    """
    try:
        check_config(cfg, training)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if training:
        refuse_lists(cfg)
    make_work_dir(cfg.get('work_dir') or '.')
    adapt_to_cpu(cfg)
    if cfg.get('cache_mib'):
        cache_pipelines(cfg, cfg.cache_mib)
    add_default_hooks(cfg)
    # MMEngine keeps loggers and visualizers by name; of one name, a second training of this process would write where
    # the first one does. The experiment's name, which both get, differs by the second of the start alone.
    if cfg.get('visualizer'):
        cfg.visualizer.pop('name', None)
    if place := next(RUNS):
        name = cfg.get('experiment_name') or Path(cfg.filename or 'run').stem
        cfg.experiment_name = f'{name}_{place}'
    with explained(cfg):
        runner = RUNNERS.build(cfg) if 'runner_type' in cfg else ResumableRunner.from_cfg(cfg)
    if cfg.get('load_from') and isinstance(getattr(runner, 'model', None), nn.Module):  # strategies build it later
        check_start(runner, whole=cfg.get('resume') or not training)
    return runner


def make_work_dir(path: str) -> None:
    """Makes the work dir, or raises :class:`UsageError` if it cannot be made or written to."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise UsageError(f"work dir '{path}' cannot be made: {error.strerror}; give another --work-dir") from error
    try:
        TemporaryFile(dir=path).close()
    except OSError as error:
        raise UsageError(f"work dir '{path}' cannot be written to: {error.strerror}; make room, or give another "
                         '--work-dir') from error


def check_start(runner: ResumableRunner, whole: bool) -> None:
    """Refuses a checkpoint whose weights are not, as a whole or at all, those of the model.

    Raises:
        UsageError: MMEngine would go on with random weights.
    """
    path, config = runner.cfg.load_from, runner.cfg.filename
    try:
        with weights_only():
            checkpoint = _load_checkpoint(path, 'cpu', logger='silent')
        if whole:
            check_weights(runner.model, checkpoint, path, config)
        else:
            check_some_fit(runner.model, checkpoint, path, config)
    except ValueError as error:
        raise UsageError(str(error)) from error


@contextmanager
def explained(cfg: Config) -> Iterator[None]:
    """Lets what a component's constructor refuses end the program with one line that names the key.

    Raises:
        UsageError: For an error that can be explained; any other one goes through.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        reason = explain(cfg, error)
        if reason is None:
            raise
        raise UsageError(reason) from error


def read_training_data(runner: ResumableRunner) -> None:
    """Builds the training data, which checks it, before the run starts; ``runner.train()`` then takes it as it is.

    Raises:
        UsageError: If the data is refused, with the file or the value.
    """
    try:
        with explained(runner.cfg):
            getattr(runner, 'train_loop')  # builds it
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from error
    for dataset in leaves(runner.train_dataloader.dataset):
        guard(dataset)


def train(runner: ResumableRunner) -> None:
    """Trains to the end.

    Raises:
        UsageError: If a labeled file cannot be read, a loss is not finite, a checkpoint cannot be written, or one holds
            more than weights; other errors keep their traceback.
    """
    try:
        with weights_only():
            runner.train()
    except (CheckpointNotSaved, UntrustedCheckpoint) as error:
        raise UsageError(str(error)) from error
    except (UnreadableFile, NonFiniteLoss) as error:
        # one from a worker process has that process's traceback above it, and the class before the message
        raise UsageError(str(error).strip().splitlines()[-1].split(f'{type(error).__name__}: ')[-1]) from error
    except RuntimeError as error:
        if PEER_LOST.search(str(error)):
            time.sleep(PEER_SECONDS)  # the launcher reports the process that ends first: the one that was lost
        raise


def test(runner: ResumableRunner) -> None:
    """Tests; raises :class:`UsageError` if the checkpoint holds more than weights."""
    try:
        with weights_only():
            runner.test()
    except UntrustedCheckpoint as error:
        raise UsageError(str(error)) from error
