# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""What the results say: a row for each method, and one sentence."""
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from mmseg_entmin.words import amount

from .dropping import paired, scores
from .methods import BASELINES, CONTROL, label
from .plan import Plan
from .results import CLASS, Row
from .run import Progress
from .statistics import Difference, difference

LEAST = 1.  # IoU of a class; below it, the class has hardly been predicted
LARGEST = 50.  # mIoU; a comparison that finds only larger differences says nothing


@dataclass(frozen=True)
class Judged:
    """A method in the table; `difference` is to the baseline, None for the baseline itself."""

    method: str
    miou: float | None
    difference: Difference | None
    classes: dict[str, Difference]
    runs: int
    failed: int
    dropped: int | None  # after how many cells
    seconds: float | None  # a step
    memory: float | None  # MiB


@dataclass(frozen=True)
class Verdict:
    """The result of a comparison.

    Attributes:
        rows: methods in the order of the plan, the baseline first.
        sentence: what was found.
        winner: the method to train on all masks.
        best: the method with the largest difference whose interval is above 0, or None.
        left_out: which runs did not learn a class; empty if all learned all.
    """

    rows: list[Judged]
    sentence: str
    winner: str
    best: str | None
    left_out: str


def judge(plan: Plan, progress: Progress) -> Verdict:
    """Compares every method with the baseline, with intervals that hold for all methods together; those of single
    classes hold for each class by itself."""
    rows = progress.table(plan)
    found = scores(rows)
    judged = [judged_row(plan, method, rows, found, progress) for method in plan.methods]
    others = [row for row in judged if row.difference and row.difference.pairs]
    better = [row for row in others if row.difference.low > 0]
    best = max(better, key=lambda row: row.difference.mean).method if better else None
    return Verdict(judged, sentence(plan, progress, others, best, found), best or cheapest(plan, others), best,
                   left_out(plan, rows))


def judged_row(plan: Plan, method: str, rows: Sequence[Row], found: dict, progress: Progress) -> Judged:
    mine = [row for row in rows if row['method'] == method and row['share'] == '1']
    values = list(found.get(method, {}).values())
    classes = {}
    for key in dict.fromkeys(key for row in rows for key in row if key.startswith(CLASS)):
        by_method = scores(rows, key)
        if method != plan.baseline:
            classes[key.removeprefix(CLASS)] = compare(plan, by_method, method)
    seconds, memory = ([row[key] for row in mine if key in row] for key in ('seconds_per_step', 'memory_mib'))
    return Judged(
        method, mean(values) if values else None, None if method == plan.baseline else compare(plan, found, method),
        classes, len(values), sum(row['state'] == 'failed' for row in mine), progress.dropped.get(method),
        median(seconds) if seconds else None, max(memory) if memory else None)


def compare(plan: Plan, found: dict, method: str, other: str | None = None) -> Difference:
    """The difference of a method to another one; default: to the baseline."""
    values = paired(found.get(method, {}), found.get(other or plan.baseline, {}))
    return difference(values, plan.folds, plan.comparisons)


def cheapest(plan: Plan, others: Sequence[Judged]) -> str:
    """Where no method is better than the baseline: plain supervised training, unless it is shown to be worse."""
    worse = {row.method for row in others if row.difference.high < 0}
    return next(method for method in ('supervised', plan.baseline) if method in plan.methods and method not in worse)


def sentence(plan: Plan, progress: Progress, others: Sequence[Judged], best: str | None, found: dict) -> str:
    """One or two sentences for people who read nothing else."""
    where = f'{plan.folds} folds x {amount(plan.seeds, "seed")}'
    if progress.cells < len(plan.cells):
        where = f'{progress.cells} of the {len(plan.cells)} pairs of fold and seed ({where}), where the budget ended'
    than = 'supervised training of the same cost' if plan.baseline == 'double' else 'supervised training'
    ended = [row for row in others if row.method not in BASELINES]
    using = learning(ended)
    if not using:
        return f'No run with unlabeled images ended well ({where}).{failures(plan, progress)}'
    gaining = [row for row in using if row.difference.low > 0]
    losing = [label(row.method) for row in ended if row.difference.high < 0]
    if gaining:
        top = max(gaining, key=lambda row: row.difference.mean)
        text = f'Unlabeled images: {signed(top.difference)} over {than}, {where}; best: {label(best)}'
        rivals = [label(row.method) for row in others if row.method != best and row.difference.low > 0
                  and not compare(plan, found, best, row.method).found]
        if rivals:
            text += f", not told apart from {' and '.join(rivals)}"
    else:
        text = f'Unlabeled images: no gain over {than} was found, {where}'
        level = [row for row in using if row.difference.high >= 0 and row.difference.pairs > 1]
        if level:
            top = max(level, key=lambda row: row.difference.mean)
            least = top.difference.detectable
            text += (f'; a true gain above {least:.1f} mIoU would have been, four times in five. ' if least < LARGEST
                     else ', but the runs are too few, or too different, to find one. ')
            text += f'Highest: {label(top.method)}, {signed(top.difference)}'
        if best:
            row = next(row for row in others if row.method == best)
            text += f'. {label(best).capitalize()} is better: {signed(row.difference)}'
    if losing:
        text += f". Found to be worse: {', '.join(losing)}"
    return f'{text}.{failures(plan, progress)}'


def left_out(plan: Plan, rows: Sequence[Row]) -> str:
    """Names the classes that some runs hardly predict, perhaps by chance: intervals of few runs then say little."""
    texts = []
    for name in dict.fromkeys(key for row in rows for key in row if key.startswith(CLASS)):
        found = scores(rows, name)
        counts = [(method, sum(value < LEAST for value in found[method].values())) for method in plan.methods
                  if method in found]
        parts = [f'{count} of {len(found[method])} runs of {label(method)}' for method, count in counts if count]
        if parts:
            texts.append(f"{name.removeprefix(CLASS)} in {', '.join(parts)}")
    return f"Hardly predicted (IoU below {LEAST:.0f}): {'; '.join(texts)}." if texts else ''


def learning(rows: Sequence[Judged]) -> list[Judged]:
    """The rows of methods that learn from the unlabeled images. The control has them without a loss, so that what it
    gains is no gain by them; it counts only where no other method does."""
    using = [row for row in rows if row.method not in BASELINES]
    return [row for row in using if row.method != CONTROL] or using


def signed(found: Difference) -> str:
    return f'{found.mean:+.1f} mIoU ({interval(found)})'


def interval(found: Difference) -> str:
    return f'95 % {found.low:.1f} to {found.high:.1f}' if found.pairs > 1 else 'one pair of runs, no interval'


def failures(plan: Plan, progress: Progress) -> str:
    failed = [row['run'] for row in progress.table(plan) if row['state'] == 'failed']
    return f" {amount(len(failed), 'run')} failed: {', '.join(failed[:3])}." if failed else ''
