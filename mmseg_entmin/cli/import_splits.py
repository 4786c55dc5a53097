# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reads split lists that other projects publish: ``python tools/import_splits.py FILE [FILE ...] --out PREFIX [...]``.

- Text lists (CPS, U2PL, UniMatch, ...) of one name or ``image mask`` a line: the labeled list, and the unlabeled list
  or --pool as the list of all training images.
- Pickled lists (AdvSemiSeg, s4GAN: train_ids as indices into the training list, or names) with --pool and --share or
  --count: the first so many are labeled. A pickle is a program: it is read by a machine that knows lists, texts,
  numbers and arrays, and refuses all else by name.

Writes PREFIX_labeled.txt and PREFIX_unlabeled.txt, sorted, with one stem a line: the path below the image folder.
"""
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path, PurePosixPath

from mmseg_entmin.cli.common import UsageError
from mmseg_entmin.datasets.conversion import share_argument
from mmseg_entmin.datasets.foreign_splits import common_folder, read_foreign, split_pool, stems_of, unlabeled_of
from mmseg_entmin.datasets.splits import labeled_count, write_lists


def parse_args(argv: list[str] | None = None) -> Namespace:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument('labeled', metavar='FILE', help='list of the labeled images, or pickled order of all')
    parser.add_argument('unlabeled', metavar='UNLABELED', nargs='?', help='list of the unlabeled images')
    parser.add_argument('--out', required=True, metavar='PREFIX', help='start of the paths of the lists to write')
    parser.add_argument('--pool', metavar='FILE', help='list of all training images, in the order that indices count')
    count = parser.add_mutually_exclusive_group()
    count.add_argument('--share', type=share_argument, help='share of the pool that is labeled, like 1/8')
    count.add_argument('--count', type=int, metavar='N', help='how many are labeled')
    parser.add_argument('--strip', default='', metavar='FOLDER',
                        help='start of the paths that the stems leave out, like JPEGImages (default: the folder that '
                        'all paths share)')
    parser.add_argument('--round-down', action='store_true',
                        help='round the share down, as AdvSemiSeg and s4GAN do (default: half up)')
    parser.add_argument('--force', action='store_true', help='overwrite lists of other content')
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    if args.unlabeled is None and args.pool is None:
        raise UsageError('give the unlabeled list, or with --pool that of all training images')
    ordered = args.share is not None or args.count is not None
    if ordered and (args.pool is None or args.unlabeled is not None):
        raise UsageError('--share and --count take the first of an ordered list of the --pool, without an UNLABELED '
                         'list; leave them out, or give FILE and --pool alone')
    entries = read_foreign(args.labeled)
    others = None if args.unlabeled is None else read_foreign(args.unlabeled)
    pool = None if args.pool is None else read_foreign(args.pool)
    folder = PurePosixPath(args.strip.strip('/')) if args.strip else common_folder(entries, others, pool)
    pool = None if pool is None else stems_of(pool, folder, args.pool)
    if ordered:
        count = args.count if args.count is not None else \
            int(len(pool) * args.share) if args.round_down else labeled_count(len(pool), args.share)
        labeled, unlabeled = split_pool(entries, pool, count, folder, args.labeled)
    else:
        labeled = stems_of(entries, folder, args.labeled, pool)
        others = pool if others is None else stems_of(others, folder, args.unlabeled, pool)
        unlabeled = unlabeled_of(labeled, others, args.labeled, args.unlabeled)
    write_lists({Path(f'{args.out}_{kind}.txt'): sorted(stems)
                 for kind, stems in (('labeled', labeled), ('unlabeled', unlabeled))}, args.force)
    print(f'{args.out}_labeled.txt: {len(labeled)} images, {args.out}_unlabeled.txt: {len(unlabeled)} images')
