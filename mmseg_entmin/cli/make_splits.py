# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Writes labeled and unlabeled lists for shares of a data set: ``entmin make-splits CONFIG [options]``."""
import os.path as osp
from argparse import Namespace
from pathlib import Path

import numpy as np
from mmengine.registry import DefaultScope
from prettytable import PrettyTable

from mmseg_entmin.config.read_config import read_config
from mmseg_entmin.datasets.checks import check_lists, refuse
from mmseg_entmin.datasets.semi_dataset import leaves
from mmseg_entmin.datasets.splits import class_presence, list_paths, make_split, parse_share, write_lists
from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.registry import DATASETS
from mmseg_entmin.words import amount


def build_pool(args: Namespace):
    """The one fully labeled dataset that the config trains on, without its wrappers."""
    cfg = read_config(args.config, args.data_root)
    source = cfg.train_dataloader.dataset
    if 'unlabeled' in source:
        raise ValueError(f"config '{args.config}' labels only a part of its pool; give one that is fully labeled, like "
                         'those in configs/supervised with _all in their names')
    refuse(check_lists(source))
    with DefaultScope.overwrite_default_scope(cfg.get('default_scope', 'mmseg')):
        pool = list(leaves(DATASETS.build(source)))
    if len(pool) != 1:
        raise ValueError(f"config '{args.config}' joins {len(pool)} datasets, but a list belongs to one; "
                         'make a config for each')
    return pool[0]


def coverage_table(coverage: dict, presence: np.ndarray, classes: list) -> PrettyTable:
    """Number of images with each class: in the pool, and in the labeled images of each split."""
    table = PrettyTable(['', 'pool', *(f'{share} fold {fold}' for share, fold in coverage)], align='r')
    table.align[''] = 'l'
    table.add_row(['labeled', len(presence), *map(len, coverage.values())])
    table.add_row(['unlabeled', 0, *(len(presence) - len(rows) for rows in coverage.values())], divider=True)
    counts = [presence.sum(axis=0), *(presence[rows].sum(axis=0) for rows in coverage.values())]
    for name, *row in zip(classes, *counts):
        table.add_row([name, *row])
    return table


@errors_as_lines()
def main(args: Namespace) -> None:
    if args.folds < 1:
        raise ValueError(f'--folds {args.folds}: give 1 at least')
    shares = [parse_share(share) for share in args.shares]
    pool = build_pool(args)
    if args.out is None and not pool.data_root:
        raise ValueError(f"config '{args.config}' has no data_root; say with --out where the lists go")
    out = args.out or Path(pool.data_root, 'splits')
    prefix, paths = pool.data_prefix['img_path'], (pool.get_data_info(i)['img_path'] for i in range(len(pool)))
    stems = [osp.relpath(path, prefix).removesuffix(pool.img_suffix) for path in paths]
    presence = class_presence(pool)
    row_of = {stem: row for row, stem in enumerate(stems)}
    lists, coverage = {}, {}
    for fold in range(args.folds):
        for share in shares:
            split = make_split(stems, share, args.seed + fold, presence, args.stratify)
            lists.update(zip(list_paths(out, share, fold), split))
            coverage[share, fold] = [row_of[stem] for stem in split[0]]
    classes = pool.metainfo['classes']
    print(coverage_table(coverage, presence, classes))
    missing = []
    for (share, fold), rows in coverage.items():
        lacking = np.flatnonzero(presence.any(axis=0) & ~presence[rows].any(axis=0))
        if lacking.size:
            missing.append(f"{share} fold {fold} lacks {', '.join(classes[i] for i in lacking)}")
    if missing and not args.allow_missing:
        raise ValueError('; '.join(missing) + ': nothing written; use --stratify, or accept it with --allow-missing')
    write_lists(lists, args.force)
    print(f'{amount(len(lists), "list")} in {out}')
