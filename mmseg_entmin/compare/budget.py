# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Chooses folds, seeds and iterations for the time that there is."""
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from math import ceil
from pathlib import Path
from typing import NamedTuple

from mmseg_entmin.words import amount

from .configs import work_dir, write_configs
from .plan import SHARES, Plan
from .project import Project
from .results import read_row
from .run import Budget, Train, run_plan
from .statistics import expected_width

STEPS = 20  # that are measured of each method
MARGIN = 0.8  # share of the budget that the plan fills
ENOUGH_RUNS, FEWEST_RUNS = 5, 3  # cells: with fewer than five an interval is several times as wide
MOST_FOLDS, MOST_SEEDS = 10, 5
LENGTHS = (1, 3 / 4, 1 / 2, 1 / 3, 1 / 4)  # of the training, if the whole one does not fit
UNITS = dict(d=86400, h=3600, m=60, s=1)

Costs = Mapping[str, Mapping[str, float]]


class Choice(NamedTuple):
    """Size of a plan, and the seconds that it takes."""

    folds: int
    seeds: int
    iters: int
    curve: bool
    seconds: float


def parse_time(text: str) -> float:
    """Seconds of '2h', '45m', '1h30m' or '90' (minutes)."""
    text = text.strip().lower().replace(' ', '')
    if re.fullmatch(r'\d+(\.\d+)?', text):
        text += 'm'
    parts = re.findall(r'(\d+(?:\.\d+)?)([dhms])', text)
    if not parts or ''.join(number + unit for number, unit in parts) != text or not sum(float(n) for n, _ in parts):
        raise ValueError(f"--budget '{text}': write a time like 2h, 45m or 1h30m")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def measure(project: Project, plan: Plan, folder: Path, train: Train, slots: list, workers: bool) -> Costs:
    """Seconds of a step, and of all else in a run, of each method: a short run of each, as many at a time as later.

    ValueError if one of them fails.
    """
    short = replace(plan, cells=plan.cells[:1], points=[], iters=STEPS, curve=False)
    write_configs(project, short, folder, workers)
    run_plan(short, folder, train, slots, lambda line: None)
    costs = {}
    for run in short.runs():
        row = read_row(run, work_dir(run, folder))
        if row is None or row['state'] != 'done':
            raise ValueError(f"{run.method} cannot be trained: {row['reason'] if row else 'no result'}; leave it out "
                             'of --methods, or mend its config')
        step = row['seconds_per_step']
        costs[run.method] = dict(step=step, rest=round(max(0., row['seconds'] - STEPS * step), 2))
    return costs


def seconds_of(costs: Costs, baseline: str, cells: int, iters: int, slots: int, curve: bool) -> float:
    """Time of a plan whose runs share the slots."""
    cell = sum(cost['step'] * iters + cost['rest'] for cost in costs.values())
    if curve:
        cell += len(SHARES) * (costs[baseline]['step'] * iters + costs[baseline]['rest'])
    return cells * cell / slots


def choose(costs: Costs, budget: Budget, slots: int, iters: int, most_folds: int, baseline: str,
           folds: int | None = None, seeds: int | None = None, fixed_iters: int | None = None,
           curve: bool | None = None) -> Choice:
    """The plan with the narrowest expected interval among those that fit. The longest training with five cells at least
    goes first, then the longest with three. A learning curve is added where there is time. What is given is kept.

    Raises ValueError if not even the smallest plan fits.
    """
    left = MARGIN * (budget.seconds - budget.used)
    pairs = [(f, s) for f, s in product([folds] if folds else range(2, min(MOST_FOLDS, most_folds) + 1),
                                        [seeds] if seeds else range(1, MOST_SEEDS + 1))
             if (folds and seeds) or f * s >= min(FEWEST_RUNS, most_folds)]
    lengths = [fixed_iters] if fixed_iters else [max(1, round(iters * part)) for part in LENGTHS]
    for fewest, length in product((ENOUGH_RUNS, 1), lengths):
        fitting = [(expected_width(f, s, len(costs) - 1), f, s) for f, s in pairs if f * s >= fewest
                   and seconds_of(costs, baseline, f * s, length, slots, bool(curve)) <= left]
        if fitting:
            _, f, s = min(fitting)
            more = seconds_of(costs, baseline, f * s, length, slots, True)
            with_curve = bool(curve) if curve is not None else more <= left
            return Choice(f, s, length, with_curve, seconds_of(costs, baseline, f * s, length, slots, with_curve))
    needed = min(seconds_of(costs, baseline, f * s, lengths[-1], slots, bool(curve)) for f, s in pairs) / MARGIN
    raise ValueError(f'--budget: {amount(round(budget.seconds / 60), "minute is", "minutes are")} too short; the '
                     f'smallest plan takes {amount(ceil((needed + budget.used) / 60), "minute")}: give that, fewer '
                     '--methods, or more --jobs')
