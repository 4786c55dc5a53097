# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The share of the images that is this process's: of ``--shard``, torchrun, Slurm or MPI. The processes do not wait for
each other."""
import os
from argparse import Namespace
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import torch

Item = TypeVar('Item')
# Variables that hold the number of a process, the number of processes, and the number among those of its machine.
VARIABLES = dict(
    pytorch=('RANK', 'WORLD_SIZE', 'LOCAL_RANK'),
    slurm=('SLURM_PROCID', 'SLURM_NTASKS', 'SLURM_LOCALID'),
    mpi=('OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE', 'OMPI_COMM_WORLD_LOCAL_RANK'))


class Shard(NamedTuple):
    """One of `count` shares, 1 to `count`."""

    number: int = 1
    count: int = 1

    def __str__(self) -> str:
        return f'{self.number}/{self.count}'

    def of(self, items: Sequence[Item]) -> Sequence[Item]:
        """Every `count`-th item: neighbors, which may be alike in size, go to different shares."""
        return items[self.number - 1::self.count]


def shard_of(args: Namespace) -> Shard:
    """The share that the command line or the launcher names; ValueError for one that there is not."""
    if args.launcher == 'none':
        return parse_shard(args.shard) if args.shard else Shard()
    if args.shard:
        raise ValueError(f'--shard {args.shard} --launcher {args.launcher}: the launcher numbers the processes; leave '
                         'one of them out')
    number, count, _ = launched(args.launcher)
    return Shard(number + 1, count)


def parse_shard(text: str) -> Shard:
    number, _, count = text.partition('/')
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise ValueError(f"--shard '{text}': give the number of the share and of all shares, from 1/8 to 8/8")
    return Shard(int(number), int(count))


def launched(launcher: str) -> list[int]:
    """The three numbers that a launcher gives; ValueError if it did not start this process."""
    names = VARIABLES[launcher]
    missing = [name for name in names if not os.environ.get(name, '').isdecimal()]
    if missing:
        raise ValueError(f'--launcher {launcher}: {missing[0]} is not set; start the command with it, or take a share '
                         'by --shard, like --shard 1/8')
    return [int(os.environ[name]) for name in names]


def device_of(args: Namespace) -> str | None:
    """The device of the command line, or this process's GPU among those of its machine."""
    if args.device is None and args.launcher != 'none' and torch.cuda.is_available():
        return f'cuda:{launched(args.launcher)[2] % torch.cuda.device_count()}'
    return args.device


def goes_on(args: Namespace) -> bool:
    """Whether to skip what is whole: for ``--resume``, and after torchrun has started its processes again."""
    return args.resume or int(os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)) > 0
