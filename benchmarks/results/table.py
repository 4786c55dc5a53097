# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What a table of docs/results.md compares, and templates of rows for several networks, data sets and shares."""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Row = tuple[str, str]  # run id, label
Contrast = tuple[str, str, str]  # label, run id, run id of what it is compared with


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        rows: the first of each group is the baseline of the gains.
        group: rows of a group; default: all rows.
        equal: place in its group of a second baseline: supervised training with the method's augmentation.
        ceiling: run id of the training with all labels, for the share of the gap that is closed.
        metrics: mmseg's names of the metrics beside mIoU.
        split: what the runs are evaluated on, see chosen_images.py.
        resources: whether to show peak memory and additional parameters.
        contrasts: differences between other rows than the first.
    """

    rows: Sequence[Row]
    group: int | None = None
    equal: int | None = None
    ceiling: str | None = None
    metrics: Sequence[str] = ()
    split: str = 'test'
    resources: bool = False
    contrasts: Sequence[Contrast] = ()

    @property
    def repeats(self) -> str:
        """What the runs of a row differ in: the seed alone, or also the labeled images or all images."""
        return self.split if self.split in ('draws', 'sets') else 'seeds'


def rows(templates: Iterable[Row], stem: str) -> tuple[Row, ...]:
    """The rows of one network and data set."""
    return tuple((run.format(stem), label) for run, label in templates)


def contrasts(templates: Iterable[Contrast], stem: str) -> tuple[Contrast, ...]:
    """The contrasts of one network and data set."""
    return tuple((label, run.format(stem), other.format(stem)) for label, run, other in templates)


def shares(templates: Iterable[Row], stems: Sequence[str]) -> tuple[Row, ...]:
    """A group of rows for each share of labels; the share comes before the label."""
    return tuple((run.format(stem), f"{stem.rsplit('_', 1)[1].replace('-', '/')}, {label}")
                 for stem in stems for run, label in templates)


def variants(methods: Iterable[Row], name: str) -> tuple[Row, ...]:
    """Variants of one name of several methods."""
    return tuple((f"{run.replace('/', '/ablation/')}_{name}", label) for run, label in methods)
