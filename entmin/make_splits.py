# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Write labeled and unlabeled lists for shares of a data set.

The pool is what CONFIG, any fully labeled mmseg config, trains on. Shares of one seed are nested. Fold f of a seed s is
drawn with the seed s + f.
"""
from pathlib import Path

from .arguments import add_data_root, add_list_arguments
from .parser import Parser


def add_arguments(parser: Parser) -> None:
    parser.add_argument('config', metavar='CONFIG', help='config whose train_dataloader.dataset is the labeled pool')
    add_list_arguments(parser, ['1/20', '1/10', '1/8', '1/3'])
    parser.add_argument('--folds', type=int, default=1, metavar='N', help='draws of each share (default: %(default)s)')
    parser.add_argument('--stratify', action='store_true', help='follow the class frequencies, rare classes early')
    parser.add_argument('--allow-missing', action='store_true', help='accept labeled lists that lack a class')
    parser.add_argument('--out', type=Path, metavar='DIR', help='folder of the lists (default: DATA_ROOT/splits)')
    add_data_root(parser)
    parser.add_argument('--force', action='store_true', help='overwrite lists of other content')
