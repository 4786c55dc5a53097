# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Reads split lists that other projects publish: ``entmin import-splits FILE [FILE] --out PREFIX [options]``."""
from argparse import Namespace
from pathlib import Path, PurePosixPath

from mmseg_entmin.datasets.foreign_splits import common_folder, read_foreign, split_pool, stems_of, unlabeled_of
from mmseg_entmin.datasets.splits import labeled_count, parse_share, write_lists
from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.words import amount


@errors_as_lines()
def main(args: Namespace) -> None:
    if args.unlabeled is None and args.pool is None:
        raise ValueError('give the unlabeled list, or with --pool that of all training images')
    ordered = args.share is not None or args.count is not None
    if ordered and (args.pool is None or args.unlabeled is not None):
        raise ValueError('--share and --count take the first of an ordered list of the --pool, without an UNLABELED '
                         'list; leave them out, or give FILE and --pool alone')
    entries = read_foreign(args.labeled, 'labeled')
    others = None if args.unlabeled is None else read_foreign(args.unlabeled, 'unlabeled')
    pool = None if args.pool is None else read_foreign(args.pool)
    folder = PurePosixPath(args.strip.strip('/')) if args.strip else common_folder(entries, others, pool)
    pool = None if pool is None else stems_of(pool, folder, args.pool)
    if ordered:
        count = args.count if args.count is not None else \
            int(len(pool) * parse_share(args.share)) if args.round_down else labeled_count(len(pool), args.share)
        labeled, unlabeled = split_pool(entries, pool, count, folder, args.labeled)
    else:
        labeled = stems_of(entries, folder, args.labeled, pool)
        others = pool if others is None else stems_of(others, folder, args.unlabeled, pool)
        unlabeled = unlabeled_of(labeled, others, args.labeled, args.unlabeled)
    write_lists({Path(f'{args.out}_{kind}.txt'): sorted(stems)
                 for kind, stems in (('labeled', labeled), ('unlabeled', unlabeled))}, args.force)
    print(f'{args.out}_labeled.txt: {amount(len(labeled), "image")}, '
          f'{args.out}_unlabeled.txt: {amount(len(unlabeled), "image")}')
