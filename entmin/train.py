# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Train a segmentor. The options are those of mmseg's tool and a few more."""
from .arguments import add_run_arguments
from .parser import Parser


def add_arguments(parser: Parser) -> None:
    add_run_arguments(parser)
    parser.add_argument(
        '--resume', nargs='?', const='latest', metavar='CKPT',
        help='resume from this checkpoint; without a value, from the latest one in the work dir, or start from the '
        'beginning if there is none. Write it after CONFIG')
    parser.add_argument(
        '--amp', nargs='?', const='auto', choices=['auto', 'float16', 'bfloat16'],
        help='train in mixed precision. Without a value in float16, which needs a GPU; with one also on a CPU. '
        'Write it after CONFIG')
    parser.add_argument(
        '--fast', action='store_true',
        help='time precisions and memory layouts on this machine with the first batch, train in the fastest one, and '
        'keep it in the checkpoints')
    parser.add_argument('--seed', type=int, metavar='N', help='random seed, in place of randomness.seed of the config')
    parser.add_argument(
        '--check-data', metavar='SECONDS',
        help="how long to look through the data before training, 'all' of it, or 'off' (default: check_data of the "
        'config, or 10)')
    parser.add_argument(
        '--board', choices=['tensorboard', 'wandb'],
        help='also write scalars and pictures of the uncertainty to this board')
