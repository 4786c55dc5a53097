# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trains a segmentor: ``python tools/train.py CONFIG [options]``. With the options of mmseg's tool and a few more."""
import os
import sys
from argparse import ArgumentParser, Namespace

from mmengine.config import Config
from mmengine.device import get_device

from mmseg_entmin.cli import common as cli
from mmseg_entmin.cli.data_check import DEFAULT_SECONDS, OFF, check_training_data, parse_extent
from mmseg_entmin.config import boards
from mmseg_entmin.engine.checkpoints.checkpoint_file import newest_training_state, read_training_state
from mmseg_entmin.walk import type_name

LATEST = 'latest'


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description='Train a segmentor.')
    cli.add_common_arguments(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const=LATEST,
        metavar='CKPT',
        help='resume from this checkpoint; without a value, from the latest one in the work dir, or start from the '
        'beginning if there is none. Write it after CONFIG')
    parser.add_argument(
        '--amp',
        nargs='?',
        const='auto',
        choices=['auto', 'float16', 'bfloat16'],
        help='train in mixed precision. Without a value in float16, which needs a GPU; with one also on a CPU. '
        'Write it after CONFIG')
    parser.add_argument('--seed', type=int, metavar='N', help='random seed, in place of randomness.seed of the config')
    parser.add_argument(
        '--check-data',
        metavar='SECONDS',
        help="how long to look through the data before training, 'all' of it, or 'off' (default: check_data of the "
        f'config, or {DEFAULT_SECONDS:g})')
    parser.add_argument(
        '--board',
        choices=list(boards.BACKENDS),
        help='also write scalars and pictures of the uncertainty to this board')
    args = parser.parse_args(argv)
    try:
        parse_extent(args.check_data if args.check_data is not None else OFF)
    except ValueError as error:
        raise cli.UsageError(str(error)) from None
    return args


def resume_training(cfg: Config, checkpoint: str, seed: int | None = None) -> None:
    """Makes the run go on from a checkpoint; from ``LATEST`` of a work dir that has none, it starts as usual.

    A broken latest checkpoint is named and the one before it taken. ``cfg.resume=True`` alone would resume from
    ``load_from``, pretrained weights, in a config that sets it. The checkpoint's seed, from which the order of the data
    comes, takes the place of the config's.

    Args:
        cfg: the config, changed in place.
        checkpoint: a file, a URL or ``LATEST``.
        seed: the one that the command line asks for, if it does.

    Raises:
        UsageError: If the checkpoint is missing or broken, if every one of the work dir is, or if the checkpoint is of
            another seed than the one asked for.
    """
    restarted = int(os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)) > 0
    path, state = None, {}
    try:
        if checkpoint == LATEST or restarted:  # a restart goes on from what was saved since the start
            path, state, broken = newest_training_state(cfg.work_dir)
            for problem in broken:
                print(f'warning: {problem}; going on from {path}', file=sys.stderr)
        if path is None and checkpoint == LATEST:
            return
        if path is None:
            path = cli.require_checkpoint(checkpoint)
            state = {} if '://' in path else read_training_state(path)
    except (OSError, ValueError) as error:
        raise cli.UsageError(str(error)) from None
    cfg.resume = True
    cfg.load_from = str(path)
    saved = state.get('meta', {}).get('seed')
    if saved is None:
        return
    if seed is not None and seed != saved:
        raise cli.UsageError(f"seed {seed} is asked for, but checkpoint '{path}' is of a training with seed {saved}; "
                             'leave the seed out to go on with it, or name another --work-dir to start a new one')
    cfg.merge_from_dict({'randomness.seed': saved})


def enable_amp(cfg: Config, dtype: str = 'auto') -> None:
    """Turns ``OptimWrapper`` into ``AmpOptimWrapper``, with dynamic loss scaling, or into its kin for a CPU.

    Raises:
        UsageError: If there is no accelerator and no type is named, or if the config has another optimizer wrapper.
    """
    cpu = get_device() == 'cpu'
    if cpu and dtype == 'auto':
        raise cli.UsageError('--amp needs a GPU and none is available; leave it out to train in single precision, or '
                             'name the type, as in --amp bfloat16, to have it on the CPU')
    wrapper = cfg.optim_wrapper
    kind = type_name(wrapper) or 'OptimWrapper'
    if kind not in ('OptimWrapper', 'AmpOptimWrapper', 'CPUAmpOptimWrapper') or 'optimizer' not in wrapper:
        raise cli.UsageError('--amp turns a single OptimWrapper into AmpOptimWrapper, but optim_wrapper of this config '
                             f'has type {kind!r} and keys {sorted(wrapper)}; set the types in the config')
    wrapper.type = 'CPUAmpOptimWrapper' if cpu else 'AmpOptimWrapper'
    if dtype != 'auto':
        wrapper.dtype = dtype
    if cpu:
        wrapper.pop('loss_scale', None)
    else:
        wrapper.setdefault('loss_scale', 'dynamic')


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    cfg = cli.load_config(args)
    if args.seed is None:
        args.seed = (args.cfg_options or {}).get('randomness.seed')
    else:
        cfg.merge_from_dict({'randomness.seed': args.seed})
    if args.amp:
        enable_amp(cfg, args.amp)
    if args.board is not None:
        try:
            boards.add_board(cfg, args.board)
        except ValueError as error:
            raise cli.UsageError(str(error)) from error
    if args.resume is None and cfg.get('resume') and not cfg.get('load_from'):
        args.resume = LATEST
    if args.resume is not None:
        resume_training(cfg, args.resume, args.seed)
    elif cfg.get('load_from'):
        cli.require_checkpoint(cfg.load_from)
    runner = cli.build_runner(cfg, training=True)
    check_training_data(cfg, args.check_data)
    cli.read_training_data(runner)
    cli.train(runner)
