# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Checks the data of a config: all of it, or as much as a time limit allows."""
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from mmengine.config import Config

from mmseg_entmin.walk import dicts

from .file_names import check_image_files, check_left_out, check_mask_files, check_overlap, check_pipeline
from .lists import list_stems
from .one_image import IMAGE_CHECKS
from .one_mask import MASK_CHECKS
from .problem import ERROR, Problem
from .sample import Sample
from .sets import Seen, check_classes, check_duplicates, check_gray, check_near_duplicates, check_palettes
from .source import SPLITS, UNLABELED, Source, find_sources, image_loader, mask_loader, no_image


@dataclass
class Report:
    """What `check_data` found."""

    problems: list[Problem] = field(default_factory=list)  # in the order in which they were found
    sources: list[dict] = field(default_factory=list)  # key, role, images and looked_at of each plain dataset
    seconds: float = 0.
    masks: set[str] = field(default_factory=set)  # paths of the checked masks

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == ERROR]

    @property
    def warnings(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity != ERROR]

    def to_dict(self) -> dict:
        """Plain values for JSON, without the paths of the masks."""
        return {name: value for name, value in asdict(self).items() if name != 'masks'}

    def coverage_lines(self) -> Iterator[str]:
        """The number of checked images, one line per source."""
        width = max((len(source['key']) for source in self.sources), default=0)
        for source in self.sources:
            yield (f"{source['key']:{width}}  {source['role']:9}  {source['looked_at']} of {source['images']} images "
                   'looked at')

    def summary(self) -> str:
        """One line: numbers of errors and warnings, number of checked images, duration."""
        looked, total = (sum(source[name] for source in self.sources) for name in ('looked_at', 'images'))
        counts = (f"{len(found) or 'no'} {noun}{'' if len(found) == 1 else 's'}"
                  for found, noun in ((self.errors, 'error'), (self.warnings, 'warning')))
        return f"{', '.join(counts)}: {looked} of {total} images looked at in {self.seconds:.1f} s"


def check_data(cfg: Config, seconds: float | None = None, splits: Sequence[str] = SPLITS,
               progress: Callable[[int, int], None] | None = None, read_list: Callable = list_stems,
               unlabeled: int | None = None) -> Report:
    """Checks the lists, files, images and masks of a complete config's datasets, as their pipelines load them.

    Lists and the existence of files are always checked in full. Images are opened in an order in which every beginning
    is an even sample of all sources, at least one per source, for `seconds` at most (default: all); possible duplicates
    (files of equal size) come first. `splits` are some of 'train', 'val' and 'test'; `progress` is called with the
    numbers of checked and of all images; `read_list` returns the stems of a list. At most `unlabeled` images of an
    unlabeled source are opened (default: all).
    """
    start = time.monotonic()
    sources, problems = find_sources(cfg, splits, read_list)
    report = Report(problems)
    for source in sources:
        if not len(source):
            part = dict(data_root=source.dataset.data_root, data_prefix=source.dataset.data_prefix)
            report.problems.append(no_image(source.key, part))
        for check in (check_pipeline, check_image_files, check_left_out, check_mask_files):
            report.problems += check(source)
    labeled_too = any(part.get('labeled_too') for part in dicts(cfg.get('train_dataloader')))
    report.problems += check_overlap(sources, labeled_too)
    absent = {problem.file for problem in report.problems if problem.kind in ('missing', 'missing mask')}

    opening = time.monotonic()
    seen = Seen()
    readable = [source for source in sources if image_loader(source.dataset) is not None]
    total = sum(map(len, readable))
    for count, (source, index) in enumerate(in_turns(readable, unlabeled), start=1):
        if seconds is not None and count > len(sources) and time.monotonic() - opening > seconds:
            break
        sample = Sample(source, index)
        if sample.image_path not in absent:
            report.problems += check_sample(sample, absent)
            seen.add(sample)
            if sample.mask_path is not None:
                report.masks.add(sample.mask_path)
        if progress is not None:
            progress(count, total)
    report.problems += [*check_duplicates(seen), *check_near_duplicates(seen), *check_palettes(seen), *check_gray(seen),
                        *check_classes(seen, sources)]
    report.sources = [dict(key=each.key, role=each.role, images=len(each), looked_at=seen.looked[each.key])
                      for each in sources]
    report.seconds = round(time.monotonic() - start, 2)
    return report


def check_sample(sample: Sample, absent: Sequence[str] = ()) -> Iterator[Problem]:
    """All checks of one image, and of its mask if the pipeline loads one."""
    for check in IMAGE_CHECKS:
        yield from check(sample)
    if sample.mask_path is None or sample.mask_path in absent or not mask_loader(sample.source.dataset):
        sample.mask_path = None
        return
    for check in MASK_CHECKS:
        yield from check(sample)


def evenly(count: int) -> np.ndarray:
    """0 .. count - 1 sorted by their reversed bits, so that every beginning is spread evenly; (count, ), int64."""
    bits = max(count - 1, 1).bit_length()
    indices = np.arange(count)
    return np.argsort(sum((indices >> bit & 1) << (bits - 1 - bit) for bit in range(bits)))


def in_turns(sources: Sequence[Source], unlabeled: int | None = None) -> Iterator[tuple[Source, int]]:
    """All images in turns: the first of each source, then the second, so that small sources are checked completely.
    Files of the size of another one come first. Of an unlabeled source, the first `unlabeled` images (default: all)."""
    sizes = [source.files.sizes for source in sources]
    files = np.array([hash(path) for source in sources for path in source.paths], np.int64)
    _, different = np.unique(files, return_index=True)
    found, times = np.unique(np.concatenate([*sizes, [0]])[different], return_counts=True)
    common = found[(times > 1) & (found > 0)]
    orders = []
    for source, mine in zip(sources, sizes):
        order = evenly(len(source))
        order = order[np.argsort(~np.isin(mine[order], common), kind='stable')]
        orders.append((order[:unlabeled] if source.role == UNLABELED else order).tolist())
    for turn in range(max(map(len, orders), default=0)):
        for source, order in zip(sources, orders):
            if turn < len(order):
                yield source, order[turn]
