# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Read split lists that other projects publish.

- Text lists (CPS, U2PL, UniMatch, ...) of one name or "image mask" per line: the labeled list, and the unlabeled list
  or --pool as the list of all training images.
- CSV, YAML and JSON: the column or the key of the images is found by its name. Give a file that holds the labeled and
  the unlabeled images twice.
- Pickled lists (AdvSemiSeg, s4GAN: train_ids as indices into the training list, or names) with --pool and --share or
  --count: the first so many are labeled. A pickle is a program: it is read by a machine that knows lists, texts,
  numbers and arrays, and refuses all else by name.

Writes PREFIX_labeled.txt and PREFIX_unlabeled.txt, sorted, with one stem a line: the path below the image folder.
"""
from .parser import Parser


def add_arguments(parser: Parser) -> None:
    parser.add_argument('labeled', metavar='FILE', help='list of the labeled images, or pickled order of all')
    parser.add_argument('unlabeled', metavar='UNLABELED', nargs='?', help='list of the unlabeled images')
    parser.add_argument('--out', required=True, metavar='PREFIX', help='start of the paths of the lists to write')
    parser.add_argument('--pool', metavar='FILE', help='list of all training images, in the order that indices count')
    count = parser.add_mutually_exclusive_group()
    count.add_argument('--share', help='share of the pool that is labeled, like 1/8')
    count.add_argument('--count', type=int, metavar='N', help='how many are labeled')
    parser.add_argument('--strip', default='', metavar='FOLDER',
                        help='start of the paths that the stems leave out, like JPEGImages (default: the folder that '
                        'all paths share; \'.\' keeps all of the path)')
    parser.add_argument('--round-down', action='store_true',
                        help='round the share down, as AdvSemiSeg and s4GAN do (default: half up)')
    parser.add_argument('--force', action='store_true', help='overwrite lists of other content')
