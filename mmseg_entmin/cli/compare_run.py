# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""One training of a comparison, in a process that was forked after the imports."""
import gc
import os
import resource
import sys
import threading
import time
from argparse import Namespace
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path

import mmengine.runner.runner
import torch
from yapf.yapflib import yapf_api

from mmseg_entmin.compare.results import write_result

from .train import main as train

LOG = 'output.log'


def train_one(config: str, folder: str, gpu: str | None = None, options: list[str] | None = None) -> None:
    """Trains a config to the end, or goes on from its last checkpoint; what it prints goes to ``output.log``.

    Args:
        config: file of the run.
        folder: its work dir.
        gpu: the GPU to use, as CUDA_VISIBLE_DEVICES has it. Default: none; the training then has one thread, so that
            its sums have one order.
        options: as of ``--cfg-options``.
    """
    begun = time.monotonic()
    Path(folder).mkdir(parents=True, exist_ok=True)
    log = os.open(Path(folder, LOG), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.dup2(log, 1)
    os.dup2(log, 2)
    end_with_parent()
    os.environ['CUDA_VISIBLE_DEVICES'] = gpu or ''
    if gpu is None:
        torch.set_num_threads(1)
    quick_start()
    train(Namespace(
        config=config, work_dir=folder, data_root=None, cfg_options=options, launcher='none', local_rank=0,
        resume='latest', amp=None, fast=False, seed=None, check_data='off', board=None))
    memory = torch.cuda.max_memory_allocated() if gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    write_result(Path(folder), dict(memory_mib=round(memory / 2**20), seconds=round(time.monotonic() - begun, 1),
                                    cpu_seconds=round(sum(os.times()[:4]), 1)))


def end_with_parent() -> None:
    """Ends this process when the comparison is killed: started again, it would train the same run a second time."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (wait([parent.sentinel]), os._exit(1)), daemon=True).start()


def quick_start() -> None:
    """Leaves out what takes seconds of a short run: the garbage collector goes through all imports for every data set,
    the description of the machine runs compilers, and line breaks are found for every dumped config."""
    gc.freeze()
    mmengine.runner.runner.collect_env = lambda: dict(
        Python=sys.version.replace('\n', ''), PyTorch=torch.__version__, MMEngine=mmengine.__version__)
    yapf_api.FormatCode = lambda code, **options: (code.rstrip('\n') + '\n', True)
