# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trains a segmentor: ``python tools/train.py CONFIG [options]``. With the options of mmseg's tool and a few more."""
import os
from argparse import ArgumentParser, Namespace
from typing import List, Optional

from mmengine.config import Config
from mmengine.device import get_device
from mmengine.runner import find_latest_checkpoint

from mmseg_entmin.engine import boards, cli

LATEST = 'latest'


def parse_args(argv: Optional[List[str]] = None) -> Namespace:
    parser = ArgumentParser(description='Train a segmentor.')
    cli.add_common_arguments(parser)
    parser.add_argument(
        '--resume',
        nargs='?',
        const=LATEST,
        metavar='CKPT',
        help='resume from this checkpoint; without a value, from the latest one in the work dir, or start from the '
        'beginning if there is none. Write it after CONFIG')
    parser.add_argument('--amp', action='store_true', help='train in mixed precision (needs a GPU)')
    parser.add_argument('--seed', type=int, metavar='N', help='random seed, in place of randomness.seed of the config')
    parser.add_argument(
        '--board', choices=list(boards.BACKENDS), help='also write scalars and pictures of the uncertainty to this board')
    return parser.parse_args(argv)


def resume_training(cfg: Config, checkpoint: str) -> None:
    """Makes the run go on from a checkpoint; from ``LATEST`` of a work dir that has none, it starts as usual.

    ``cfg.resume=True`` alone would resume from ``load_from``, pretrained weights, in a config that sets it.
    """
    if checkpoint == LATEST:
        noted = find_latest_checkpoint(cfg.work_dir)
        if noted is None:
            return
        # MMEngine notes an absolute path, which is wrong once the work dir was moved or copied.
        here = os.path.join(cfg.work_dir, os.path.basename(noted))
        checkpoint = here if os.path.exists(here) else noted
    cfg.resume = True
    cfg.load_from = cli.require_checkpoint(checkpoint)


def enable_amp(cfg: Config) -> None:
    """Turns ``OptimWrapper`` into ``AmpOptimWrapper``, with dynamic loss scaling.

    Raises:
        UsageError: If there is no accelerator, or if the config has another optimizer wrapper.
    """
    if get_device() == 'cpu':
        raise cli.UsageError('--amp needs a GPU and none is available; leave it out to train in single precision')
    wrapper = cfg.optim_wrapper
    kind = wrapper.get('type', 'OptimWrapper')
    kind = kind if isinstance(kind, str) else kind.__name__
    if kind == 'AmpOptimWrapper':
        return
    if kind != 'OptimWrapper' or 'optimizer' not in wrapper:
        raise cli.UsageError('--amp turns a single OptimWrapper into AmpOptimWrapper, but optim_wrapper of this config '
                             f'has type {kind!r} and keys {sorted(wrapper)}; set the types in the config')
    wrapper.type = 'AmpOptimWrapper'
    wrapper.setdefault('loss_scale', 'dynamic')


def main(argv: Optional[List[str]] = None) -> None:
    args = parse_args(argv)
    cfg = cli.load_config(args)
    if args.seed is not None:
        cfg.merge_from_dict({'randomness.seed': args.seed})
    if args.amp:
        enable_amp(cfg)
    if args.board is not None:
        try:
            boards.add_board(cfg, args.board)
        except ValueError as error:
            raise cli.UsageError(str(error)) from error
    if args.resume is not None:
        resume_training(cfg, args.resume)
    runner = cli.build_runner(cfg)
    cli.read_training_data(runner)
    runner.train()


if __name__ == '__main__':
    main()
