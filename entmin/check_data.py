# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Look for what is wrong with a data set.

CONFIG is any mmseg config. Lists and the existence of files are checked in full; images and masks are opened as the
config's pipelines would, for 10 seconds and spread evenly over each set, or all of them with --full.
"""
from .arguments import add_config_options, add_data_root
from .parser import Parser

EPILOG = 'Exit status: 0; 1 for a mistake; 3 if there is an error in the data.'
SPLITS = ('train', 'val', 'test')


def add_arguments(parser: Parser) -> None:
    parser.add_argument('config', metavar='CONFIG', help='config file')
    add_data_root(parser)
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument('--full', action='store_true', help='open all images and masks')
    extent.add_argument('--seconds', type=float, default=10., metavar='S',
                        help='open images for so long (default: %(default)g)')
    parser.add_argument('--splits', nargs='+', choices=SPLITS, default=SPLITS,
                        help='whose dataloaders to look at (default: all)')
    parser.add_argument('--limit', type=int, default=5, metavar='N',
                        help='lines for each kind of problem, 0 for all (default: %(default)s)')
    parser.add_argument('--json', action='store_true', help='print everything as JSON')
    parser.add_argument('--strict', action='store_true', help='take warnings for errors in the exit status')
    add_config_options(parser)
