# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Makes a project from a folder of images and a few masks: label masks, lists and two configs."""
import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

from mmseg_entmin.apis.pictures import save_mask
from mmseg_entmin.atomic import refuse_existing, refuse_inside, write_atomic
from mmseg_entmin.datasets.splits import write_lists

from .base_network import adapt, check_networks, default_side, load_base, pretrained_weights
from .config_text import config_texts
from .copies import copies_note
from .header import short_sides
from .in_parallel import in_parallel
from .loading import choose_loading
from .mask_files import IGNORED
from .other_pictures import idle_note
from .pairs import one_suffix
from .rare_classes import average, config_lines, evenly, find_rare, rare_notes, weigh_up, width
from .schedule import Schedule, scaled
from .sizes import Sizes, choose_sizes, look_in_windows, with_more_steps
from .sources import Source, Wish, counted, find_source
from .split import Split, split_all
from .unlabeled import Unlabeled, config_value, find_unlabeled, list_name

OTHER_SOURCE = ('the validation masks are of the source that has masks: their scores say little about the other one; '
                'mask a few images of it for a test')


class Project(NamedTuple):
    """What was made; `unreadable` has a line for each image that cannot be measured."""

    out: Path
    configs: list[Path]
    masks: Source
    masked: list[str]  # names of the images whose masks are used; `pixels` and `presence` have a row for each
    lists: Split
    more: list[Unlabeled]
    pixels: np.ndarray
    presence: np.ndarray
    unused: np.ndarray  # whether a mask that is not used shows a class, (C, )
    sizes: Sizes
    schedule: Schedule
    pretrained: list[str]
    unreadable: list[str]
    notes: list[str]

    @property
    def num_unlabeled(self) -> int:
        """Number of unlabeled images in all folders."""
        return len(self.lists.unlabeled) + sum(len(each.images) for each in self.more)


def create(images: Path, masks: Path, out: Path, base: str, classes: Sequence[str] = (), colors: Sequence[str] = (),
           values: list[int] | None = None, threshold: float | None = None, nearest: float | None = None,
           ignore_unknown: bool = False, image_suffix: str | None = None,
           mask_suffix: str | Sequence[str] | None = None, image_name: str | None = None, mask_name: Sequence[str] = (),
           annotators: Sequence[str] = (), leave_out: Sequence[str] | None = None, unlabeled: Sequence[Path] = (),
           empty_too: bool = False, small_on_top: bool = False, crowd_objects: bool = False, tasks: Path | None = None,
           labeled_share: Fraction | None = None, val_share: Fraction = Fraction(1, 4),
           val_list: Path | None = None, groups: str | None = None,
           val_groups_too: bool = False, seed: int = 0, stratify: bool = True,
           side: int | None = None, crop: int | None = None, batch: int | None = None, iters: int | None = None,
           any_orientation: bool = False, other_source: bool = False, pretrained: bool = True,
           channels: Sequence[int] = (), rare_classes: Sequence[str] | None = None, force: bool = False) -> Project:
    """Makes a project; the options are those of `entmin new-project`. Everything is checked before anything is written:
    ValueError, FileNotFoundError or FileExistsError with the problem."""
    refuse_inside([out], [images, masks, *unlabeled])
    wish = Wish(classes, colors, values, threshold, nearest, ignore_unknown, image_suffix,
                [mask_suffix] if isinstance(mask_suffix, str) else list(mask_suffix or ()), image_name, mask_name or (),
                annotators or (), leave_out, empty_too, small_on_top, crowd_objects, tasks)
    found, wish, source, notes = find_source(images, masks, wish, may_be_all=bool(unlabeled or labeled_share))
    masked = source.names
    suffix = wish.image_suffix or one_suffix(found)
    pixels, borders = counted(source)
    notes += source.doubts(pixels, borders)
    presence = pixels[:, :len(source.classes)] > 0
    if not presence.any():
        raise ValueError(f"the masks in '{masks}' show none of the classes, all is ignored; look at --colors, --values "
                         'and --ignore-unknown')
    more, said = find_unlabeled(unlabeled, found.values(), [found[name] for name in masked], source.files, leave_out)
    lists, more, group_notes = split_all(masked, found, more, presence, groups, val_groups_too, labeled_share,
                                         val_share=val_share, seed=seed, stratify=stratify, val_list=val_list)
    notes += said + group_notes + idle_note([images, masks, *unlabeled], leave_out or ())
    used = np.isin(masked, lists.labeled + lists.val)
    unused = presence[~used].any(axis=0)
    masked, pixels, presence = [name for name, keep in zip(masked, used) if keep], pixels[used], presence[used]
    unlabeled_images = {**{name: found[name] for name in lists.unlabeled},
                        **{str(path): path for each in more for path in each.images.values()}}
    notes += copies_note(*({name: found[name] for name in part} for part in (lists.val, lists.labeled)),
                         unlabeled_images)
    all_images = [*found.values(), *(path for each in more for path in each.images.values())]
    num_unlabeled = len(unlabeled_images)
    base_cfg = load_base(base)
    sides, unreadable = short_sides(all_images)
    rare = find_rare(source.classes, pixels, rare_classes)
    treated = rare_classes is None or bool(rare_classes)
    seen = rare if treated else find_rare(source.classes, pixels)
    wide = width(map(source.labels, evenly(masked)), seen.labels) if seen.labels else math.inf
    sizes = choose_sizes(side, crop, default_side(base_cfg, sides, pretrained), sides, wide if treated else math.inf)
    sizes, longer = with_more_steps(sizes) if iters is None else (sizes, 1.)
    schedule = scaled(base_cfg, len(lists.labeled), num_unlabeled, batch, iters, longer)
    loading = choose_loading({str(path): path for path in all_images}, channels)
    notes += [loading.note] * bool(loading.note) + [OTHER_SOURCE] * other_source
    model = adapt(base_cfg.model, len(source.classes), sizes.crop, pretrained, loading)
    look_in_windows(model, sizes)
    weighed = bool(rare.labels) and weigh_up(model)
    if rare.labels:
        base_cfg.custom_hooks = average(base_cfg.get('custom_hooks'))
    notes += rare_notes(seen, weighed, wide, sizes.side / median(sides), sizes.reason, treated)
    load_from = base_cfg.get('load_from') if pretrained else None
    supervised, semi = (f'{out.resolve().name}_{kind}.py' for kind in ('supervised', 'semi'))
    counts = {**{kind: len(stems) for kind, stems in lists._asdict().items()}, 'unlabeled': num_unlabeled}
    texts = config_texts(base_cfg, base=base, supervised=supervised, semi=semi, root=str(out.resolve()), **counts,
                         images=str(images.resolve()), suffix=suffix, classes=tuple(source.classes),
                         palette=[list(color) for color in source.palette], any_orientation=any_orientation,
                         other_source=other_source, sizes=sizes, schedule=schedule, model=model, load_from=load_from,
                         loading=loading, unlabeled_sources=config_value(bool(lists.unlabeled), more),
                         **config_lines(rare, weighed, sizes.reason))
    configs = {out / name: text for name, text in texts.items()}
    list_files = {out / 'splits' / f'{name}.txt': stems for name, stems in lists._asdict().items() if stems}
    list_files |= {out / 'splits' / list_name(number): list(each.images) for number, each in enumerate(more, start=1)}
    mask_files = {out / 'masks' / f'{name}.png': name for name in masked}
    results = [*configs, *list_files, *mask_files]
    refuse_inside(results, [images, masks, *unlabeled, *all_images, *source.files])
    refuse_existing(results, force)
    check_networks(texts, base)
    write_lists(list_files, force)

    def write_mask(item: tuple[Path, str]) -> None:
        path, name = item
        save_mask(loading.with_data(source.labels(name), found[name]), source.palette, path)

    in_parallel(write_mask, list(mask_files.items()))
    for path, text in configs.items():
        write_atomic(text.encode(), path)
    weights = pretrained_weights(model) + ([load_from] if load_from else [])
    return Project(out, list(configs), source, masked, lists, more, pixels, presence, unused, sizes, schedule,
                   weights, unreadable, notes)


def class_counts(presence: np.ndarray, masked: Sequence[str], part: Sequence[str]) -> np.ndarray:
    """Number of images in `part` that show each class, (C, )."""
    return presence[np.isin(masked, part)].sum(axis=0)


def pixel_shares(pixels: np.ndarray, num_classes: int) -> Counter:
    """Share of the pixels of each label; ignored pixels are under 255."""
    shares = pixels.sum(axis=0) / pixels.sum()
    return Counter({label: shares[label] for label in [*range(num_classes), IGNORED]})
