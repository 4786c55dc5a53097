# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which images of a project are labeled, validation and unlabeled ones."""
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_entmin.datasets.groups import draw_parts, groups_in_both, read_groups
from mmseg_entmin.datasets.splits import make_split, read_list
from mmseg_entmin.words import amount

from .unlabeled import Unlabeled

VERSION = re.compile(r'(.+)\.rf\.\w+')  # Roboflow writes several augmented versions of an image


class Split(NamedTuple):
    """Names of the images, each list sorted."""

    labeled: list[str]
    val: list[str]
    unlabeled: list[str]


def split(masked: Sequence[str], images: Sequence[str], presence: np.ndarray, val_share: Fraction, seed: int,
          stratify: bool = True, val_list: Path | None = None, groups: Mapping[str, str] | None = None) -> Split:
    """Splits the sorted names of images with masks into training and validation images; the others are unlabeled.

    A share in (0, 1), at least one mask, is drawn for validation with `seed`, or `val_list` names it. With `stratify`,
    training images follow the class frequencies, rare classes first, by `presence`, bool, (masks, C). With `groups` (by
    name), no group is in both, and with `stratify` both parts follow the class frequencies. Raises FileNotFoundError
    without the list, and ValueError if a part is empty, a listed name has no mask, or a group is in both.
    """
    if len(masked) < 2:
        raise ValueError(f'{len(masked)} mask: at least 2 are needed, one for training and one for validation')
    if val_list is not None:
        labeled, val = by_list(masked, val_list)
        both = groups_in_both(groups or {}, labeled, val)
        if both:
            raise ValueError(f"--val-list '{val_list}': {len(both)} groups, like {both[0]}, have images in it and "
                             'others that are trained on; list all images of a group, or leave --groups out')
    elif groups is not None:
        share = float(val_share)
        parts = draw_parts([groups[name] for name in masked], (1 - share, share), seed, presence if stratify else None)
        labeled, val = ([name for name, part in zip(masked, parts) if part == wanted] for wanted in (0, 1))
    else:
        count = min(max(1, round(len(masked) * val_share)), len(masked) - 1)
        labeled, val = make_split(masked, Fraction(len(masked) - count, len(masked)), seed, presence, stratify)
    return Split(labeled, val, sorted(set(images) - set(masked)))


def split_all(masked: Sequence[str], images: Sequence[str], more: Sequence[Unlabeled], presence: np.ndarray,
              groups: str | None, val_groups_too: bool, labeled_share: Fraction | None = None,
              **options) -> tuple[Split, list[Unlabeled], list[str]]:
    """The split of a project with other folders of unlabeled images, these folders, and notes for the user.

    `groups` is as for `read_groups`. Unlabeled images of the groups that validate are left out, unless
    `val_groups_too`. Of the images to train on, `labeled_share`, at least one, stays labeled, the others count as
    unlabeled. `options` are those of `split`. ValueError: no unlabeled image is left.
    """
    if groups is None:
        lists = split(masked, list(images), presence, **options)
        notes = []
    else:
        known = read_groups(groups, images)
        refuse_without_group(groups, masked, known)
        lists = split(masked, list(images), presence, groups=known, **options)
        held_out = {known[name] for name in lists.val}
        parts = [(lists.unlabeled, known), *((list(each.images), groups_or_none(groups, each)) for each in more)]
        left = [[name for name in names if own.get(name) not in held_out] for names, own in parts]
        dropped = sum(map(len, (names for names, _ in parts))) - sum(map(len, left))
        nameless = sum(name not in own for names, own in parts for name in names)
        if not val_groups_too:
            lists = lists._replace(unlabeled=left[0])
            more = [each._replace(images={name: each.images[name] for name in names})
                    for each, names in zip(more, left[1:]) if names]
        notes = [group_note(lists, known, dropped, val_groups_too, nameless)]
    if labeled_share is not None:
        rows = np.isin(masked, lists.labeled)
        kept, rest = make_split(lists.labeled, labeled_share, options['seed'], presence[rows], options['stratify'])
        lists = lists._replace(labeled=kept, unlabeled=sorted(lists.unlabeled + rest))
        notes.append(f'masks of {amount(len(rest), "image")} are not used, these count as unlabeled (--labeled-share)')
    if not lists.unlabeled and not more:
        raise ValueError('no unlabeled image is left' + (': all are of groups that validate; give --val-groups-too to '
                         'train on them, or more images' if groups else '; give folders of others as --unlabeled DIR'))
    return lists, list(more), notes + versions_in_both(lists, more)


def versions_in_both(lists: Split, more: Sequence[Unlabeled]) -> list[str]:
    """A note on images to train on that are versions of validation images, by Roboflow's names."""
    judges = {match[1]: name for name in lists.val if (match := VERSION.fullmatch(name))}
    trained = [*lists.labeled, *lists.unlabeled, *(name for each in more for name in each.images)]
    both = [(name, judges[match[1]]) for name in trained if (match := VERSION.fullmatch(name)) and match[1] in judges]
    if not both:
        return []
    return [f'{amount(len(both), "version")} of validation images would be trained on, like {both[0][0]} of '
            f'{both[0][1]}: the scores would be those of known images; '
            "give --groups '{}.rf.*', which keeps them together"]


def groups_or_none(groups: str, source: Unlabeled) -> dict[str, str]:
    """The groups of unlabeled images of another folder; a table may say nothing of them."""
    try:
        return read_groups(groups, source.images)
    except ValueError:
        return {}


def by_list(masked: Sequence[str], val_list: Path) -> tuple[list[str], list[str]]:
    """The images to train on, and the validation images of a list."""
    if not val_list.is_file():
        raise FileNotFoundError(f"--val-list '{val_list}' does not exist (current folder: {Path.cwd()})")
    val = sorted(read_list(val_list))
    unknown = [name for name in val if name not in set(masked)]
    if unknown:
        ended = any(name.rpartition('.')[0] in set(masked) for name in unknown)
        raise ValueError(f"--val-list '{val_list}' names {unknown[0]}, which has no mask ({len(unknown)} of "
                         f"{len(val)} names have none){'; names go without suffix' if ended else ''}")
    labeled = [name for name in masked if name not in set(val)]
    if not labeled:
        raise ValueError(f"--val-list '{val_list}' names every image with a mask: none is left to train on")
    return labeled, val


def refuse_without_group(text: str, masked: Sequence[str], groups: Mapping[str, str]) -> None:
    """Raises ValueError if an image with a mask has no group."""
    lacking = [name for name in masked if name not in groups]
    if lacking:
        raise ValueError(f"--groups '{text}': {len(lacking)} of {len(masked)} images with masks have no group, like "
                         f'{lacking[0]}; give each its group')


def group_note(lists: Split, groups: Mapping[str, str], held_out: int, taken: bool, nameless: int) -> str:
    """How groups were split; `held_out` unlabeled images are of groups that validate, and are `taken` or not."""
    counts = [len({groups[name] for name in part}) for part in (lists.labeled, lists.val)]
    share = len(lists.val) / (len(lists.labeled) + len(lists.val))
    note = f'{amount(counts[0], "group is", "groups are")} trained on, ' \
        f'{amount(counts[1], "other validates", "others validate")}, with {share:.0%} of the masks'
    if held_out:
        note += f'; {amount(held_out, "unlabeled image")} of the groups that validate: ' + (
            'trained on, so the scores are those of known groups, not of new ones' if taken else
            'left out; --val-groups-too takes them')
    if nameless:
        note += f'; {amount(nameless, "unlabeled image")} without a group: taken as of other groups'
    return note
