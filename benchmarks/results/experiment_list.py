# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The runs behind docs/results.md: one for each row of its tables and each seed."""
import re
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from benchmarks.results.chosen_images import (
    held_out,
    laboratories,
    other_draw,
    other_laboratory,
    other_light,
    other_set,
    shortened,
    stained_set,
    times_of_day,
)
from benchmarks.results.records import data_set
from benchmarks.results.regime_list import REGIMES
from benchmarks.results.run_configs import exists
from benchmarks.results.table_list import TABLES
from mmseg_entmin.datasets.splits import read_list

# Options of other_laboratory, by split.
LABORATORIES = dict(laboratory={}, back=dict(back=True), back5=dict(back=True, masks=5))


@dataclass(frozen=True)
class Experiment:
    """One run.

    Attributes:
        config: run id of its config.
        data: folder of its data set, below the folder of all data sets.
        seed: of the training, and of the split where it draws images.
        split: 'test', 'validation', 'draws', 'sets', 'laboratory', 'back', 'back5', 'dusk', 'dawn' or 'stains', see
            chosen_images.py.
    """

    config: str
    data: str
    seed: int
    split: str = 'test'

    @property
    def name(self) -> str:
        """Name of its work dir, and in the list of runs."""
        split = '' if self.split == 'test' else f'_{self.split}'
        return f"{self.config.replace('/', '-')}{split}_seed{self.seed}"

    def options(self, cfg: Config, data: Path) -> dict:
        """Options by which the split changes the config."""
        if self.split == 'validation':
            return held_out(cfg, self.data)
        if self.split == 'draws':
            pool = read_list(data / self.data / 'splits' / 'train.txt')
            return other_draw(cfg, pool, re.search(r'1-\d+', self.config).group(), self.seed)
        if self.split in LABORATORIES:
            return other_laboratory(cfg, data, self.seed, **LABORATORIES[self.split]) | shortened(cfg, SOURCE_ITERS)
        if self.split in ('dusk', 'dawn'):
            return other_light(cfg, data, self.seed, back=self.split == 'dawn') | shortened(cfg, SOURCE_ITERS)
        return {}

    def target(self, data: Path) -> dict | None:
        """Keys of the dataset of the unlabeled images of another source, if its images are predicted."""
        if self.split in LABORATORIES:
            return laboratories(data, self.seed, back=self.split != 'laboratory')[1]
        if self.split in ('dusk', 'dawn'):
            return times_of_day(data, self.seed, back=self.split == 'dawn')[1]
        return None

    def root(self, data: Path) -> Path:
        """Folder of its images."""
        other = dict(sets=other_set, stains=stained_set).get(self.split)
        return other(data / self.data, self.seed) if other else data / self.data


# A row has three seeds; five where small differences count, and two where it is evaluated on held-out images of CamVid.
WBC = 'unet_wbc_1-10'
FIVE = {f'{kind}/{WBC}{end}' for kind, ends in (
    ('supervised', ('', '_augmented', '_augmented_double', '_augmented_3k', '_augmented_3k_double',
                    '_reflected_3k')),
    ('entmin', ('', '_3k')), ('entmin_plus', ('', '_3k')),
    ('entmin_plus/ablation', ('_threshold-0.9', '_3k-labeled-alone', '_3k-labeled-boxes', '_3k-reflected-labels')),
    ('entmin/ablation', [f'_{row}' for row in (
        'augmented-control black-corners both-statistics paper control entropy sharpen as cc as-cc fgmr-inclusive '
        'filled-control 3k-both-statistics 3k-reflected-labels 3k-filled-control').split()])) for end in ends}
# Folder of the data set, by its name in run ids.
DATA = dict(wbc='wbc1', camvid='camvid', toycells='toycells', toystains='toystains')
SOURCE_ITERS = 300  # of the splits of two sources
RUNS = dict(draws=10, sets=3, laboratory=6, back=6, back5=6, dusk=6, dawn=6, stains=15)  # runs of a row, by its split


def seeds_of(config: str, split: str) -> int:
    """Number of runs of a row."""
    if split == 'draws' and 'camvid' in config:
        return 6
    if split in RUNS:
        return RUNS[split]
    if split == 'test':
        return 5 if config in FIVE else 3
    return 2 if 'camvid' in config else 3


def runs() -> list[Experiment]:
    """All rows with seed 0, then all with seed 1, and so on: a series that is stopped leaves whole tables."""
    rows = dict.fromkeys((config, table.split) for table in (*TABLES.values(), *REGIMES) for config, _ in table.rows
                         if exists(config))
    found = [Experiment(config, DATA[data_set(config)], seed, split)
             for config, split in rows for seed in range(seeds_of(config, split))]
    return sorted(found, key=lambda experiment: experiment.seed)


EXPERIMENTS = runs()
