# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Makes a project from a folder of images and a few masks: label masks, lists and two configs."""
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mmseg_entmin.apis.pictures import save_mask
from mmseg_entmin.atomic import refuse_existing, refuse_inside, write_atomic
from mmseg_entmin.datasets.splits import write_lists

from .base_network import adapt, check_networks, default_side, load_base, pretrained_weights
from .config_text import config_texts, names
from .header import short_sides
from .mask_files import IGNORED, color_table, indexed_colors, read_mask, refuse_two_scales, survey, value_table
from .pairs import check_pairs, find_files, leave_out_masks, named_as_images, one_suffix
from .palette import Color, colors_of, default_palette
from .schedule import Schedule, scaled
from .split import Split, split


class Masks(NamedTuple):
    """The mask files and the meaning of their codes."""

    paths: dict[str, Path]
    classes: list[str]
    palette: list[Color]
    table: dict[int, int]
    colored: bool
    note: str

    def labels(self, name: str) -> np.ndarray:
        """Labels of an image, (H, W), uint8."""
        return read_mask(self.paths[name], self.table, self.colored)


class Project(NamedTuple):
    """What was made; `unreadable` has a line for each image that cannot be measured."""

    out: Path
    configs: list[Path]
    masks: Masks
    lists: Split
    pixels: np.ndarray
    presence: np.ndarray
    side: int
    schedule: Schedule
    pretrained: list[str]
    unreadable: list[str]


def read_masks(folder: Path, suffix: str | None, classes: Sequence[str], colors: Sequence[str],
               values: list[int] | None, ignore_unknown: bool) -> Masks:
    """Finds the masks and the class of each code; raises if there are no masks or classes, or codes of no class."""
    paths = find_files(folder, suffix)
    named = colors_of(colors, classes) if colors else {}
    classes = list(named or classes)
    if not 2 <= len(classes) <= IGNORED or len(set(classes)) != len(classes):
        raise ValueError(f"--classes {' '.join(classes)}: give 2 to {IGNORED} different names, with the background "
                         '(usually first), or a file of names and colors as --colors')
    counts = survey(paths.values(), bool(colors))
    if colors:
        table = color_table(list(named.values()), counts, ignore_unknown)
        return Masks(paths, classes, list(named.values()), table, True, 'by color')
    if values is None and len(classes) == 2 and set(counts) == {0, 1, IGNORED}:
        refuse_two_scales(paths.values())
    table, note = value_table(values, len(classes), counts, ignore_unknown)
    return Masks(paths, classes, own_palette(paths, table, len(classes)), table, False, note)


def own_palette(paths: dict[str, Path], table: dict[int, int], num_classes: int) -> list[Color]:
    """The colors of the classes in paletted masks, or default colors if the palette is gray or lacks a class."""
    shown = indexed_colors(next(iter(paths.values())))
    if all(color == (code, ) * 3 for code, color in shown.items()):
        return default_palette(num_classes)
    colors = [shown.get(code) for code, label in sorted(table.items(), key=lambda item: item[1]) if label != IGNORED]
    return colors if None not in colors and len(set(colors)) == num_classes else default_palette(num_classes)


def create(images: Path, masks: Path, out: Path, base: str, classes: Sequence[str] = (), colors: Sequence[str] = (),
           values: list[int] | None = None, ignore_unknown: bool = False, image_suffix: str | None = None,
           mask_suffix: str | None = None, val_share: Fraction = Fraction(1, 4), val_list: Path | None = None,
           seed: int = 0, stratify: bool = True, side: int | None = None, batch: int | None = None,
           iters: int | None = None, any_orientation: bool = False, pretrained: bool = True,
           force: bool = False) -> Project:
    """Makes a project; the options are those of `entmin new-project`. Everything is checked before anything is written.

    Raises:
        ValueError, FileNotFoundError, FileExistsError: the message names the problem.
    """
    if images.resolve() == masks.resolve() and not (image_suffix and mask_suffix):
        raise ValueError(f"images and masks are both in '{images}'; tell them apart with --image-suffix and "
                         '--mask-suffix, like .jpg and .png')
    refuse_inside([out], [images, masks])
    below = masks.resolve() != images.resolve() and masks.resolve().is_relative_to(images.resolve())
    found = find_files(images, image_suffix, masks if below else None)
    meaning = read_masks(masks, mask_suffix, classes, colors, values, ignore_unknown)
    found = leave_out_masks(found, meaning.paths, mask_suffix)
    meaning = meaning._replace(paths=named_as_images(meaning.paths, found))
    check_pairs(found, meaning.paths)
    suffix = image_suffix or one_suffix(found)
    masked = sorted(meaning.paths)
    pixels = np.stack([np.bincount(meaning.labels(name).ravel(), minlength=256) for name in masked])
    presence = pixels[:, :len(meaning.classes)] > 0
    if not presence.any():
        raise ValueError(f"the masks in '{masks}' show none of the classes, all is ignored; look at --colors, --values "
                         'and --ignore-unknown')
    lists = split(masked, list(found), presence, val_share, seed, stratify, val_list)
    base_cfg = load_base(base)
    sides, unreadable = short_sides(found.values())
    side = default_side(base_cfg, sides, pretrained) if side is None else side
    if side < 1:
        raise ValueError(f'--size {side}: give 1 at least')
    schedule = scaled(base_cfg, len(lists.labeled), len(lists.unlabeled), batch, iters)
    model = adapt(base_cfg.model, len(meaning.classes), side, pretrained)
    load_from = base_cfg.get('load_from') if pretrained else None
    supervised, semi = names(out.resolve().name)
    texts = config_texts(
        base_cfg, base=base, supervised=supervised, semi=semi,
        labeled=len(lists.labeled), val=len(lists.val), unlabeled=len(lists.unlabeled), root=str(out.resolve()),
        images=str(images.resolve()), suffix=suffix, classes=tuple(meaning.classes),
        palette=[list(color) for color in meaning.palette], any_orientation=any_orientation, side=side,
        schedule=schedule, model=model, load_from=load_from)
    configs = {out / supervised: texts.supervised, out / semi: texts.semi_supervised}
    list_files = {out / 'splits' / f'{name}.txt': stems for name, stems in lists._asdict().items()}
    mask_files = {out / 'masks' / f'{name}.png': name for name in masked}
    results = [*configs, *list_files, *mask_files]
    refuse_inside(results, [images, masks, *found.values(), *meaning.paths.values()])
    refuse_existing(results, force)
    check_networks({path.name: text for path, text in configs.items()}, base)
    write_lists(list_files, force)
    for path, name in mask_files.items():
        save_mask(meaning.labels(name), meaning.palette, path)
    for path, text in configs.items():
        write_atomic(text.encode(), path)
    weights = pretrained_weights(model) + ([load_from] if load_from else [])
    return Project(out, list(configs), meaning, lists, pixels, presence, side, schedule, weights, unreadable)


def class_counts(presence: np.ndarray, masked: Sequence[str], part: Sequence[str]) -> np.ndarray:
    """Number of images in `part` that show each class, (C, )."""
    rows = [index for index, name in enumerate(masked) if name in set(part)]
    return presence[rows].sum(axis=0)


def pixel_shares(pixels: np.ndarray, num_classes: int) -> Counter:
    """Share of the pixels of each label; ignored pixels are under 255."""
    total = pixels.sum()
    counts = pixels.sum(axis=0)
    return Counter({label: counts[label] / total for label in [*range(num_classes), IGNORED]})
