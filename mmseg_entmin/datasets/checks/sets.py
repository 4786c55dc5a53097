# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Checks that compare the images of all sets."""
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..conversion import count_values
from ..near_duplicates import near_pairs, thumbnail
from .problem import ERROR, WARNING, Problem
from .sample import Sample
from .source import LABELED, TEST, Source


@dataclass
class Seen:
    """What is kept of the checked images; the keys are those of the sources."""

    pictures: dict[bytes, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))  # by hash of pixels
    thumbnails: dict[str, np.ndarray] = field(default_factory=dict)  # by path of the image
    looked: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # number of images
    gray: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # images without color
    colored: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # number of images with color
    classes: set[int] = field(default_factory=set)  # in labeled masks
    ignored: bool = False  # whether labeled masks hold ignore_index
    palettes: dict[int, dict[tuple, str]] = field(default_factory=lambda: defaultdict(dict))  # color: mask, by index
    masks: np.ndarray = field(default_factory=lambda: np.zeros(2, int))  # labeled masks with a label, and all of them

    def add(self, sample: Sample) -> None:
        key = sample.source.key
        self.looked[key] += 1
        if sample.image is not None:
            entry = (sample.role, sample.image_path)
            pictures = self.pictures[sample.digest()]
            if entry not in pictures:
                pictures.append(entry)
            if len(pictures) == 1 and (small := thumbnail(sample.image)) is not None:
                self.thumbnails[sample.image_path] = small
            mode = sample.image_facts.mode
            if mode.split(';')[0] in ('1', 'L', 'LA', 'I', 'F'):
                self.gray[key].append(sample.image_path)
            elif mode:
                self.colored[key] += 1
        if sample.role == LABELED and sample.mask_path is not None and sample.mask is not None:
            self.classes.update(sample.values.tolist())
            self.ignored = self.ignored or sample.source.dataset.ignore_index in sample.mask
            facts = sample.mask_facts
            if facts.palette is not None and facts.values is not None and sample.mask.ndim == 2:
                for index in count_values(facts.values):
                    color = tuple(facts.palette[index:index + 1].ravel().tolist())
                    self.palettes[index].setdefault(color, sample.mask_path)
            self.masks += len(sample.values) > 0, 1


def check_duplicates(seen: Seen) -> Iterator[Problem]:
    """One picture in several files, within a set or across sets."""
    for files in seen.pictures.values():
        if len({path for _, path in files}) < 2:
            continue
        (role, path), *others = sorted(files, key=lambda file: file[::-1])
        roles = {role for role, _ in files}
        shared = ', or training and test share it' if TEST in roles and len(roles) > 1 else ''
        yield Problem('duplicate', WARNING, path,
                      f"this {role} image is the same picture as {', '.join(f'{p} ({r})' for r, p in others[:3])}",
                      f'take one of them out of its list{shared}')


def check_palettes(seen: Seen) -> Iterator[Problem]:
    """Labeled masks in which one index has several colors: an error if a color has several indices, too, since some
    program has then renumbered the labels of one of them."""
    indices = defaultdict(set)
    for index, colors in seen.palettes.items():
        for color in colors:
            indices[color].add(index)
    for index, colors in seen.palettes.items():
        if len(colors) > 1:
            (one, first), (other, second), *_ = colors.items()
            twice = next((color for color in colors if len(indices[color]) > 1), None)
            places = ' and '.join(map(str, sorted(indices[twice])))
            moved = '' if twice is None else f'; color {twice} is index {places}'
            yield Problem('palettes', WARNING if twice is None else ERROR, second,
                          f'index {index} is color {other} here, but {one} in {first}{moved}',
                          'entmin new-project reads masks by --colors; image optimizers and GIF renumber indices')
            return


def check_near_duplicates(seen: Seen) -> Iterator[Problem]:
    """Resized or recompressed copies of test images among the images that are trained on, and the reverse."""
    roles = {path: {role for role, _ in files} for files in seen.pictures.values() for _, path in files}
    parts = {tested: [path for path in seen.thumbnails if (TEST in roles[path]) == tested] for tested in (True, False)}
    pairs = near_pairs(*([seen.thumbnails[path] for path in parts[tested]] for tested in (True, False)))
    for test, trained in ((parts[True][first], parts[False][second]) for first, second in pairs):
        yield Problem('near duplicate', WARNING, test, f"this {TEST} image is nearly the same picture as {trained} "
                      f"({', '.join(sorted(roles[trained]))}), as resized or recompressed copies are",
                      'take one of them out of its list, or training and test share it')


def check_gray(seen: Seen) -> Iterator[Problem]:
    """A few images without color among colored ones, or the reverse."""
    for key, paths in seen.gray.items():
        if seen.colored[key]:
            total = len(paths) + seen.colored[key]
            yield Problem('grayscale', WARNING, paths[0], f'has no color (as {len(paths)} of the {total} images of '
                          f'{key}); the others have', 'see whether it belongs to this set')


def check_classes(seen: Seen, sources: Sequence[Source]) -> Iterator[Problem]:
    """Classes that no labeled mask shows."""
    labeled = [source for source in sources if source.role == LABELED]
    total = sum(len(source) for source in labeled)
    if not labeled or not seen.masks[1] or not labeled[0].classes:
        return
    missing = [name for index, name in enumerate(labeled[0].classes) if index not in seen.classes]
    if not seen.masks[0]:
        severity = ERROR if seen.masks[1] == total else WARNING
        yield Problem('all ignored', severity, labeled[0].key,
                      f'none of the {seen.masks[1]} labeled masks looked at has a label', 'label some pixels')
    elif missing:
        where = f'the {total} labeled masks' if seen.masks[1] == total else \
            f'the {seen.masks[1]} of {total} labeled masks looked at'
        value = labeled[0].dataset.ignore_index
        advice = f'if the {value} in the masks means it, convert them: {value} is ignored' \
            if seen.ignored and len(seen.classes) == 1 else \
            'label an image that shows it; entmin make-splits --stratify spreads rare classes'
        yield Problem('class not labeled', WARNING, labeled[0].key,
                      f"{', '.join(missing)}: in none of {where}, so it cannot be learned from them", advice)
