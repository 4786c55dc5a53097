# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Training and testing without a GPU, in one process or many."""
import atexit
import gc
import logging
import os
import subprocess

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.logging import print_log
from torch import distributed as dist

from mmseg_entmin.errors import reason
from mmseg_entmin.walk import dicts, type_name

# The environment variables of launchers that stand for those of torch.distributed.
LAUNCHER_VARIABLES = dict(
    pytorch=dict(RANK='RANK', WORLD_SIZE='WORLD_SIZE', LOCAL_RANK='LOCAL_RANK'),
    slurm=dict(RANK='SLURM_PROCID', WORLD_SIZE='SLURM_NTASKS', LOCAL_RANK='SLURM_LOCALID'),
    mpi=dict(RANK='OMPI_COMM_WORLD_RANK', WORLD_SIZE='OMPI_COMM_WORLD_SIZE', LOCAL_RANK='OMPI_COMM_WORLD_LOCAL_RANK'))
SYNC_BN = ('SyncBN', 'MMSyncBN', 'SyncBatchNorm')


def adapt_to_cpu(cfg: Config) -> None:
    """Without an accelerator, replaces in place what needs one, and logs it; ValueError if the launcher set no rank."""
    if get_device() != 'cpu':
        return
    distributed = cfg.get('launcher', 'none') != 'none'
    if distributed and not dist.is_initialized():
        _init_gloo(cfg.launcher)  # MMEngine, which leaves an existing process group alone, would select a CUDA device
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
        sync_bn = [node for node in dicts(cfg.get('model')) if type_name(node) in SYNC_BN]
        for node in sync_bn:
            node['type'] = 'BN'
        if cfg.pop('sync_bn', None) or sync_bn:
            _log('no GPU: SyncBN replaced by BN, so each process has statistics of its own')


def _init_gloo(launcher: str) -> None:
    """Starts torch.distributed with gloo, by the launcher's environment variables."""
    variables = LAUNCHER_VARIABLES[launcher]
    needed = [*variables.values(), *(['MASTER_ADDR'] if launcher != 'slurm' else [])]
    missing = [name for name in needed if name not in os.environ]
    if missing:
        raise ValueError(f"--launcher {launcher}: {', '.join(missing)} not set; "
                         'start the run with tools/dist_*.sh or tools/slurm_*.sh')
    os.environ.update({name: os.environ[source] for name, source in variables.items()})
    os.environ.setdefault('MASTER_PORT', '29500')
    if launcher == 'slurm' and 'MASTER_ADDR' not in os.environ:
        try:
            command = ['scontrol', 'show', 'hostnames', os.environ['SLURM_NODELIST']]
            os.environ['MASTER_ADDR'] = subprocess.check_output(command, text=True).split()[0]
        except (KeyError, IndexError, OSError, subprocess.CalledProcessError) as error:
            raise ValueError(f'--launcher slurm: the first node is not known ({reason(error)}); set MASTER_ADDR to its '
                             'name') from error
    dist.init_process_group('gloo')
    atexit.register(_end_gloo)


def _end_gloo() -> None:
    """Ends gloo's threads before the interpreter ends: a thread that drops a tensor later aborts the process."""
    gc.collect()  # the Runner is in reference cycles, and its model holds the process group
    if dist.is_initialized():
        dist.destroy_process_group()


def _log(message: str) -> None:
    if is_main_process():
        print_log(message, logger='current', level=logging.INFO)
