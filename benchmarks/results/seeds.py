# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The runs behind docs/results.md by row, and what is computed over their seeds."""
import math
import statistics
from collections import defaultdict
from pathlib import Path

from scipy.stats import ttest_1samp

from benchmarks.results.records import RECORDS, key_of, read_all

Runs = dict[int, dict]  # records by seed


def load(folder: Path = RECORDS) -> dict[tuple[str, str], Runs]:
    """Records by run id and split, then by seed, in the order of the seeds."""
    runs = defaultdict(dict)
    for record in sorted(read_all(folder), key=key_of):
        runs[record['config'], record['split']][record['seed']] = record
    return runs


def values(runs: Runs, metric: str = 'mIoU') -> list[float]:
    """A metric of each seed, in percent."""
    return [runs[seed]['metrics'][metric] for seed in sorted(runs)]


def spread(numbers: list[float]) -> str:
    """Mean ± standard deviation; the number itself if there is one."""
    mean = f'{statistics.mean(numbers):.2f}'
    return f'{mean} ± {statistics.stdev(numbers):.2f}' if len(numbers) > 1 else mean


def differences(runs: Runs, baseline: Runs) -> list[float]:
    """The gain in mIoU of each seed that both have, in points of percent."""
    return [runs[seed]['metrics']['mIoU'] - baseline[seed]['metrics']['mIoU'] for seed in sorted({*runs} & {*baseline})]


def gain(runs: Runs, baseline: Runs) -> str:
    """Mean gain on the shared seeds ± its standard error, bold if p < 0.05; empty for fewer than two seeds."""
    gains = differences(runs, baseline)
    if len(gains) < 2 or runs is baseline:
        return ''
    text = f'{statistics.mean(gains):+.2f} ± {statistics.stdev(gains) / math.sqrt(len(gains)):.2f}'
    return f'**{text}**' if p_of(gains) < 0.05 else text


def p_of(gains: list[float]) -> float:
    """Two-sided p of the paired t-test; 1 for fewer than three seeds, which are no evidence."""
    return ttest_1samp(gains, 0).pvalue if len(gains) > 2 else 1.


def p_value(runs: Runs, baseline: Runs) -> str:
    """:func:`p_of` the gains on the shared seeds as text; empty for fewer than three seeds."""
    gains = differences(runs, baseline)
    if len(gains) < 3 or runs is baseline:
        return ''
    p = p_of(gains)
    return '< 0.001' if p < 0.001 else f'{p:.3f}'


def gap_closed(runs: Runs, baseline: Runs, ceiling: Runs) -> str:
    """The mean gain as a share of the mean gain of all labels, each on the seeds it shares with the baseline.

    Empty if one of them shares fewer than two seeds.
    """
    gains, whole = differences(runs, baseline), differences(ceiling, baseline)
    if runs is baseline or runs is ceiling or min(len(gains), len(whole)) < 2:
        return ''
    return f'{100 * statistics.mean(gains) / statistics.mean(whole):.0f} %'
