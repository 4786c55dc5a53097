# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which images of a pool are labeled: shares, nested splits, and their list files.

A list is a text file with one stem per line. A stem is an image's path below the dataset's `img_path`, without suffix.
"""
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from mmseg_entmin.atomic import write_atomic

from .checks import check_list, list_stems, refuse
from .checks.one_mask import label_values, labeled_source

PathLike = str | Path
Share = Fraction | str | float


def read_list(path: PathLike) -> list[str]:
    """The stems of a list, in the order of the file; raises if it is missing, empty or names a stem twice."""
    refuse(check_list(path))
    return list_stems(path)


def refuse_other_lists(lists: Mapping[PathLike, Sequence[str]], force: bool = False) -> None:
    """Raises what `write_lists` would raise, for tools that write more than lists."""
    for path, stems in {} if force else lists.items():
        if Path(path).exists() and Path(path).read_text(encoding='utf-8', errors='replace') != _text(stems):
            raise FileExistsError(f'{path}: exists with other content; delete it, or overwrite it with --force')


def write_lists(lists: Mapping[PathLike, Sequence[str]], force: bool = False) -> None:
    """Writes the stems of several lists, all or none; makes parent folders. FileExistsError: a list has other content,
    without `force`. ValueError: a stem cannot be read back from a line of text."""
    refuse_other_lists(lists, force)
    texts = {path: _text(stems) for path, stems in lists.items()}
    for path, text in texts.items():
        write_atomic(text.encode(), path)


def parse_share(share: Share) -> Fraction:
    """The share as an exact fraction, from '1/8', '1-8', '0.125', 0.125 or a Fraction; ValueError outside (0, 1)."""
    try:
        fraction = Fraction(re.sub(r'(?<=\d)-', '/', str(share)))  # but not the minus of 1e-05
    except (ValueError, ZeroDivisionError):
        fraction = Fraction(0)
    if not 0 < fraction < 1:
        raise ValueError(f"share {share!r}: give a share between 0 and 1, like '1/8', '1-8' or '0.125'")
    return fraction


def labeled_count(total: int, share: Share) -> int:
    """Number of labeled images for a share of `total`, rounded half up, at least 1."""
    return max(1, math.floor(total * parse_share(share) + Fraction(1, 2)))


def list_paths(folder: PathLike, share: Share, fold: int = 0) -> tuple[Path, Path]:
    """Paths of the labeled and the unlabeled list: `1-8_labeled.txt`, `1-8_fold1_labeled.txt`, ..."""
    share = parse_share(share)
    name = f'{share.numerator}-{share.denominator}' + (f'_fold{fold}' if fold else '')
    return Path(folder, f'{name}_labeled.txt'), Path(folder, f'{name}_unlabeled.txt')


def share_lists(folder: PathLike, stems: Sequence[str], shares: Sequence[Share], seed: int = 0) -> dict[Path, list]:
    """Labeled and unlabeled lists of several shares of one pool, unstratified, for `write_lists`."""
    return {path: part for share in shares
            for path, part in zip(list_paths(folder, share), make_split(stems, share, seed))}


def class_presence(dataset) -> np.ndarray:
    """Which classes occur in which image: bool, (number of images, number of classes). Raises as `label_values` does,
    and ValueError for a dataset without classes or masks."""
    source = labeled_source(dataset)
    if not source.classes:
        data = dataset.ann_file or dataset.data_prefix['img_path']
        raise ValueError(f"train_dataloader.dataset of the config, a {type(dataset).__name__} of '{data}', has no "
                         'classes; set metainfo=dict(classes=(...)) in it, or use a dataset class that has METAINFO')
    presence = np.zeros((len(dataset), len(source.classes)), dtype=bool)
    for index, row in enumerate(presence):
        row[label_values(source, index)] = True
    return presence


def make_split(stems: Sequence[str], share: Share, seed: int = 0, presence: np.ndarray | None = None,
               stratify: bool = False) -> tuple[list[str], list[str]]:
    """Splits a pool into labeled and unlabeled stems, both sorted.

    The pool gets one order that depends only on the seed, and its first images are labeled, so labeled sets of growing
    shares are nested. The order is a random permutation of the sorted stems or, with `stratify`, one in which every
    beginning follows the class frequencies of the pool.

    Args:
        stems: the n images of the pool, in any order.
        share: share to label, in (0, 1).
        seed: seed of the order. Fold f of a seed s is the split of seed s + f. Default 0.
        presence: for `stratify`: which classes occur in which image, bool, (n, C), rows as `stems`.

    Raises ValueError for a duplicate stem, no unlabeled image left, or missing or wrong `presence`.
    """
    twice = [stem for stem, times in Counter(stems).items() if times > 1]
    if twice:
        raise ValueError(f'pool: stems occur more than once: {", ".join(twice[:5])}; remove the duplicates')
    count = labeled_count(len(stems), share)
    if count >= len(stems):
        raise ValueError(f'share {share} of {len(stems)} images leaves none unlabeled; give a smaller share')
    by_name = np.array(sorted(range(len(stems)), key=stems.__getitem__))
    order = np.random.RandomState(seed).permutation(len(stems))
    if stratify:
        if presence is None or len(presence) != len(stems):
            raise ValueError(f'stratify: presence needs one row for each of the {len(stems)} stems')
        order = order[_stratified(presence[by_name[order]], count)]
    labeled = {stems[i] for i in by_name[order[:count]]}
    return sorted(labeled), sorted(set(stems) - labeled)


def _stratified(presence: np.ndarray, count: int) -> list[int]:
    """The first `count` rows of an order in which every beginning follows the class frequencies. Each step
    serves the class with the fewest images for its frequency, by the image that brings all counts closest to them; ties
    go to earlier rows."""
    presence = presence[:, presence.any(axis=0)]
    frequency = presence.mean(axis=0)
    counts = np.zeros(len(frequency))
    free = np.ones(len(presence), dtype=bool)
    chosen = []
    for size in range(1, count + 1):
        rows = np.flatnonzero(free)
        left = np.flatnonzero(presence[rows].any(axis=0))
        if left.size:
            needy = left[np.lexsort((frequency[left], (counts / frequency)[left]))[0]]
            rows = rows[presence[rows, needy]]
        distance = ((counts + presence[rows] - size * frequency)**2 / frequency).sum(axis=1)
        row = rows[distance.argmin()]
        free[row] = False
        counts += presence[row]
        chosen.append(int(row))
    return chosen


def _text(stems: Sequence[str]) -> str:
    for stem in stems:
        if stem.encode(errors='ignore').decode().splitlines() != [stem.strip()]:
            raise ValueError(f'{stem!r}: a list cannot hold a name that is empty or no Unicode, begins or ends with a '
                             'blank, or has a line break; rename the file')
    return ''.join(f'{stem}\n' for stem in stems)
