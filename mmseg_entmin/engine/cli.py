# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What ``tools/train.py`` and ``tools/test.py`` share: options, loading the config, and running without a GPU.

This is a module of the package so that using it imports the package: its components are then registered, and MMEngine
knows where ``mmseg::`` base configs are, before any config is read (``custom_imports`` runs after the bases are read).
"""
import atexit
import gc
import itertools
import logging
import os
import re
import subprocess
import time
from argparse import ArgumentParser, Namespace
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Optional

from mmengine.config import Config, DictAction
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.logging import print_log
from torch import distributed as dist

from mmseg.registry import RUNNERS

from mmseg_entmin.walk import dicts, type_name
from mmseg_entmin.datasets.guards import UnreadableFile, guard
from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.datasets.transforms.cached import cache_pipelines
from mmseg_entmin.one_line import reason

from .checkpoint_file import read_checkpoint
from .config_checks import check_config, explain
from .default_hooks import add_default_hooks
from .hooks import CheckpointNotSaved, NonFiniteLoss
from .runner import ResumableRunner
from .safe_load import UntrustedCheckpoint, weights_only
from .usage_error import UsageError

RUNS = itertools.count()  # trainings and tests of this process
# Which environment variables a launcher gives in place of the ones that torch.distributed reads.
LAUNCHER_VARIABLES = dict(
    slurm=dict(RANK='SLURM_PROCID', WORLD_SIZE='SLURM_NTASKS', LOCAL_RANK='SLURM_LOCALID'),
    mpi=dict(
        RANK='OMPI_COMM_WORLD_RANK', WORLD_SIZE='OMPI_COMM_WORLD_SIZE', LOCAL_RANK='OMPI_COMM_WORLD_LOCAL_RANK'))


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
        action=DictAction,
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
        UsageError: If the config file or the data root is missing.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config, args.data_root)
    cfg.launcher = args.launcher
    if args.cfg_options is not None:
        cfg.merge_from_dict(args.cfg_options)
    cfg.work_dir = args.work_dir or cfg.get('work_dir') or os.path.join('./work_dirs', Path(args.config).stem)
    return cfg


def read_config(path: str, data_root: Optional[str] = None) -> Config:
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
        UsageError: If :func:`check_config` or the constructor of a component refuses the config.
    """
    try:
        check_config(cfg, training)
    except ValueError as error:
        raise UsageError(str(error)) from None
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
        return RUNNERS.build(cfg) if 'runner_type' in cfg else ResumableRunner.from_cfg(cfg)


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


def adapt_to_cpu(cfg: Config) -> None:
    """Where there is no accelerator, replaces what needs one, and says so; elsewhere does nothing.

    Mixed precision becomes single precision. A distributed run gets the gloo backend, a model wrapper without device
    ids and BN in place of SyncBN. (One process alone needs no help with SyncBN: the Runner reverts it.)

    Args:
        cfg (Config): The config, changed in place.

    Raises:
        UsageError: If the launcher did not set the environment variables of a distributed run.
    """
    if get_device() != 'cpu':
        return
    distributed = cfg.get('launcher', 'none') != 'none'
    if distributed and not dist.is_initialized():
        # MMEngine would select a CUDA device whatever the backend; it leaves an existing process group alone.
        _init_gloo(cfg.launcher)
        _log('no GPU: distributed over the gloo backend')
    for node in dicts(cfg.get('optim_wrapper')):
        if type_name(node) == 'AmpOptimWrapper':
            node['type'] = 'OptimWrapper'
            for key in ('loss_scale', 'dtype', 'use_fsdp'):
                node.pop(key, None)
            _log('no GPU: AmpOptimWrapper replaced by OptimWrapper (single precision)')
    if distributed:
        wrapper = cfg.get('model_wrapper_cfg') or dict(
            broadcast_buffers=False, find_unused_parameters=cfg.get('find_unused_parameters', False))
        cfg.model_wrapper_cfg = {'type': 'MMDistributedDataParallel', **wrapper, 'device_ids': None}
        _log('no GPU: the model wrapper gets no device ids')
        names = ('SyncBN', 'MMSyncBN', 'SyncBatchNorm')
        sync_bn = [node for node in dicts(cfg.get('model')) if type_name(node) in names]
        for node in sync_bn:
            node['type'] = 'BN'
        if cfg.pop('sync_bn', None) or sync_bn:
            _log('no GPU: SyncBN replaced by BN, so each process has statistics of its own')


def _init_gloo(launcher: str) -> None:
    """Starts torch.distributed with gloo, from the launcher's environment variables."""
    variables = LAUNCHER_VARIABLES.get(launcher, dict(RANK='RANK', WORLD_SIZE='WORLD_SIZE', LOCAL_RANK='LOCAL_RANK'))
    missing = [name for name in variables.values() if name not in os.environ]
    if missing:
        raise UsageError(f"--launcher {launcher}: {', '.join(missing)} not set; "
                         'start the run with tools/dist_*.sh or tools/slurm_*.sh')
    os.environ.update({name: os.environ[source] for name, source in variables.items()})
    os.environ.setdefault('MASTER_PORT', '29500')
    if launcher == 'slurm' and 'MASTER_ADDR' not in os.environ:
        hosts = subprocess.check_output(['scontrol', 'show', 'hostnames', os.environ['SLURM_NODELIST']], text=True)
        os.environ['MASTER_ADDR'] = hosts.split()[0]
    dist.init_process_group('gloo')
    atexit.register(_end_gloo)


def _end_gloo() -> None:
    """Ends gloo's threads before the interpreter ends: one that drops a tensor any later aborts the process."""
    gc.collect()  # the Runner is in reference cycles, and its model holds the process group
    if dist.is_initialized():
        dist.destroy_process_group()


def _log(message: str) -> None:
    if is_main_process():
        print_log(message, logger='current', level=logging.INFO)
