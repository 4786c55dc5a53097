# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Which method to choose when: the methods that gained most in each setting that was measured."""
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.pages import markdown_table
from benchmarks.results.overview import ROWS, SETTINGS
from benchmarks.results.regime_list import REGIMES
from benchmarks.results.regimes import LEVEL, Results, corrected, cost_of, interval, p_text
from benchmarks.results.seeds import differences, spread, values
from benchmarks.results.table import Row

BEST, LEAST_PAIRS, LEAST_METHODS = 3, 3, 2  # rows of a setting, and what it needs to be in the table


@dataclass(frozen=True)
class Contest:
    """One setting: run ids and labels of what competes with a supervised training on the same images."""

    title: str
    split: str
    supervised: str
    rows: Sequence[Row]

    def lines(self, results: Results, costs: dict[str, float]) -> list[list[str]]:
        """The rows of the table, the largest mean gain first; none where too few methods were run."""
        baseline = results.get((self.supervised, self.split), {})
        gains = {row: differences(results.get((row[0], self.split), {}), baseline) for row in self.rows}
        gains = {row: gain for row, gain in gains.items() if len(gain) >= LEAST_PAIRS}
        if len(gains) < LEAST_METHODS:
            return []
        found = []
        for run, label in sorted(gains, key=lambda row: -statistics.mean(gains[row]))[:BEST]:
            p = corrected(gains[run, label], list(gains.values()))
            text = interval(gains[run, label])
            found.append([label.replace('**', ''), f'**{text}**' if p < LEVEL else text, p_text(p),
                          cost_of(run.replace('_3k', ''), costs), str(len(gains[run, label]))])
        head = [f'**{self.title}**', spread(values(baseline)), str(len(gains))]
        return [[*(head if place == 0 else [''] * len(head)), *line] for place, line in enumerate(found)]


CONTESTS = (
    *(Contest(setting.short or setting.title, setting.split, setting.supervised,
              [(setting.run(template), label) for template, label in ROWS if template not in ('supervised', 'all')])
      for setting in SETTINGS),
    *(Contest(regime.title, regime.split, regime.supervised[0], [regime.same_cost, *regime.methods])
      for regime in REGIMES))


def choice(results: Results, costs: dict[str, float]) -> list[str]:
    """The best methods of each setting, with gain, interval, p and cost."""
    header = ['data', 'supervised', 'tried', 'best', 'gain (95 %)', 'p', 'cost of a step', 'pairs']
    return markdown_table(header, [line for contest in CONTESTS for line in contest.lines(results, costs)])
