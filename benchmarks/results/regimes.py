# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""The table of regimes: where unlabeled images are expected to matter, and what they bring there.

All methods are compared with supervised training that sees as many images a step, pair by pair of one choice of images
and one seed. Intervals and p are those of the paired t-test and are corrected for all runs that were tried in a regime.
"""
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import t

from benchmarks.pages import markdown_table
from benchmarks.results.run_configs import config_of
from benchmarks.results.seeds import Runs, differences, gap_closed, p_of, spread, values
from benchmarks.results.table import Row

LEVEL = 0.05
Results = dict[tuple[str, str], Runs]  # by run id and split


@dataclass(frozen=True)
class Regime:
    """One regime; a row is a run id and a label.

    Attributes:
        title: its name in the table.
        split: see chosen_images.py.
        supervised, same_cost: rows of supervised training, with as many labeled images a step as the methods, and with
            twice as many.
        methods: rows that are compared with ``same_cost``, or, where that has no record, with ``supervised``.
        ceiling: row of supervised training with all labels, if there is one.
    """

    title: str
    split: str
    supervised: Row
    same_cost: Row
    methods: Sequence[Row]
    ceiling: Row | None = None

    @property
    def rows(self) -> list[Row]:
        """Every row of the table, in order."""
        return [self.supervised, self.same_cost, *self.methods, *([self.ceiling] if self.ceiling else [])]

    def family(self, results: Results, baseline: Runs) -> list[list[float]]:
        """Gains of every run of a method that was tried on these images, in the table or not."""
        stem = self.methods[0][0].split('/')[-1].split('_')[2]  # the share of labels
        return [differences(runs, baseline) for (run, split), runs in results.items()
                if split == self.split and run.split('/')[-1].split('_')[2] == stem
                and run not in (self.supervised[0], self.same_cost[0])]


def interval(gains: list[float], tried: int = 1) -> str:
    """Mean gain and its interval, at 95 % for all that was tried together; empty for fewer than two pairs."""
    if len(gains) < 2:
        return ''
    half = t.ppf(1 - LEVEL / max(tried, 1) / 2, len(gains) - 1) * statistics.stdev(gains) / math.sqrt(len(gains))
    mean = statistics.mean(gains)
    return f'{mean:+.2f} ({mean - half:+.2f} to {mean + half:+.2f})'


def corrected(gains: list[float], family: list[list[float]]) -> float:
    """p of the paired t-test, corrected by Holm's method for a family that the gains belong to."""
    ordered = sorted(map(p_of, family))
    place = ordered.index(p_of(gains))
    return min(1., max((len(ordered) - rank) * p for rank, p in enumerate(ordered[:place + 1])))


def p_text(p: float) -> str:
    return '< 0.001' if p < 0.001 else f'{p:.3f}'


def regime_lines(regime: Regime, results: Results, costs: dict[str, float]) -> list[list[str]]:
    """The rows of one regime; those without a record are left out."""
    known = {run: results[run, regime.split] for run, _ in regime.rows if (run, regime.split) in results}
    supervised, same_cost, ceiling = (
        known.get(row[0]) if row else None for row in (regime.supervised, regime.same_cost, regime.ceiling))
    baseline = same_cost or supervised
    family = regime.family(results, baseline)
    lines = []
    for run, label in regime.rows:
        if run not in known:
            continue
        runs, tested = known[run], (run, label) in regime.methods
        gains = differences(runs, baseline)
        p = corrected(gains, family) if tested and len(gains) > 2 else None
        text = '' if runs is baseline else interval(gains, len(family) if tested else 1)
        lines.append([
            '' if lines else f'**{regime.title}**', label, spread(values(runs)),
            f'**{text}**' if p is not None and p < LEVEL else text, '' if p is None else p_text(p),
            gap_closed(runs, baseline, ceiling) if ceiling else '', cost_of(run, costs), str(len(runs))])
    return lines


def cost_of(run: str, costs: dict[str, float]) -> str:
    """Time of a step relative to supervised training; a variant without a measurement has that of its config."""
    found = costs.get(run) or costs.get(config_of(run))
    return f'× {found:.2f}' if found else ''


def regimes_table(regimes: Sequence[Regime], results: Results, costs: dict[str, float]) -> list[str]:
    """All regimes that were run."""
    header = ['regime', 'method', 'mIoU', 'over the same cost', 'p', 'gap closed', 'cost of a step', 'pairs']
    lines = [line for regime in regimes
             if any((run, regime.split) in results for run, _ in (regime.supervised, regime.same_cost))
             for line in regime_lines(regime, results, costs)]
    return markdown_table(header, lines) if lines else ['(not run yet)']
