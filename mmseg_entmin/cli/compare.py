# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Finds out whether the unlabeled images of a project help: ``entmin compare PROJECT``."""
import fcntl
import json
import math
import os
import shlex
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from mmseg_entmin.atomic import write_atomic
from mmseg_entmin.compare import budget as budgets
from mmseg_entmin.compare.configs import best_text, work_dir, write_configs
from mmseg_entmin.compare.curve import learning_curve
from mmseg_entmin.compare.dropping import RULE
from mmseg_entmin.compare.methods import DEFAULT, check_methods
from mmseg_entmin.compare.page import NAME, make_page
from mmseg_entmin.compare.plan import FILE, Plan, load_plan, make_plan
from mmseg_entmin.compare.project import Project, read_project
from mmseg_entmin.compare.results import forget_failures
from mmseg_entmin.compare.run import Budget, cpu_slots, run_plan
from mmseg_entmin.compare.table import text_table, write_table
from mmseg_entmin.compare.verdict import judge
from mmseg_entmin.datasets.groups import read_groups
from mmseg_entmin.errors import errors_as_lines
from mmseg_entmin.project.split import refuse_without_group
from mmseg_entmin.words import amount

from .compare_run import train_one

PARTS = ('splits', 'methods', 'runs', 'work_dirs', 'measured')  # folders of a comparison
CLOCK, OPTIONS = 'clock.json', 'options.json'
KEPT = ('methods', 'baseline', 'budget', 'folds', 'seeds', 'iters', 'groups', 'curve')
FOLDS, SEEDS = 5, 2


@errors_as_lines()
def main(args: Namespace) -> None:
    project = read_project(args.project)
    folder = args.out or project.path / 'compare'
    gpus = torch.cuda.device_count()
    slots = cpu_slots(args.jobs, gpus)
    os.environ.update(OMP_NUM_THREADS='1', MKL_NUM_THREADS='1')  # of the processes; set before the first starts
    seconds = budgets.parse_time(args.budget) if args.budget else math.inf
    with locked(folder):
        if args.force:
            remove(folder)
        budget = Budget(seconds, folder / CLOCK)
        budget.load()
        if (folder / FILE).is_file():
            plan = stored_plan(args, project, folder)
        else:
            plan = new_plan(args, project, folder, slots, bool(gpus), budget)
        describe(plan, project, slots)
        if args.plan_only:
            return
        if args.retry:
            forget_failures(work_dir(run, folder) for run in plan.runs())
        budget.seconds = plan.budget or math.inf
        try:
            progress = run_plan(plan, folder, train_one, slots, lambda line: print(line, flush=True), budget)
        except KeyboardInterrupt:
            raise SystemExit('stopped; the same command goes on where it was') from None
    verdict = judge(plan, progress)
    curve = learning_curve(plan, progress.table(plan)) if plan.curve else None
    best = folder / f'{plan.project}_best.py'
    write_atomic(best_text(verdict.winner, folder).encode(), best)
    write_table(verdict, folder)
    page = make_page(plan, progress, verdict, curve, folder, lambda text: print(text, file=sys.stderr, flush=True))
    write_atomic(page.html().encode(), folder / NAME)
    print(f'\n{text_table(verdict)}\n\n{verdict.sentence}')
    if verdict.left_out:
        print(verdict.left_out)
    if curve is not None and curve.sentence():
        print(curve.sentence())
    print(f'\n{folder / NAME}\nTrain on all {len(project.masks)} masks: entmin train {shlex.quote(str(best))}')
    if any(row['state'] == 'failed' for row in progress.rows.values()):
        raise SystemExit(3)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One comparison at a time works in a folder; ValueError if another one does."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / '.lock', 'w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ValueError(f"another comparison works in '{folder}'; wait for it, or give another --out") from error
        yield


def remove(folder: Path) -> None:
    """Deletes what a comparison wrote."""
    for name in (FILE, OPTIONS, CLOCK):
        (folder / name).unlink(missing_ok=True)
    for name in PARTS:
        shutil.rmtree(folder / name, ignore_errors=True)


def stored_plan(args: Namespace, project: Project, folder: Path) -> Plan:
    """The plan of an earlier start; ValueError if the project or what is asked for is another."""
    plan = load_plan(folder)
    if plan.fingerprint != project.fingerprint():
        raise ValueError(f"'{project.path}' has changed since the comparison in '{folder}' began; delete that with "
                         '--force, or give another --out')
    stored = json.loads((folder / OPTIONS).read_text())
    defaults = dict(baseline='double')
    for key in KEPT:
        asked = getattr(args, key)
        if asked not in (None, defaults.get(key)) and asked != stored[key]:
            raise ValueError(f"the comparison in '{folder}' was begun with --{key} {stored[key]}, not {asked}; leave "
                             'it out to go on, delete that comparison with --force, or give another --out')
    print(f'going on with the plan in {folder / FILE}')
    return plan


def new_plan(args: Namespace, project: Project, folder: Path, slots: list, workers: bool, budget: Budget) -> Plan:
    """Makes and stores the plan, with all configs; it is measured first if there is a budget."""
    names = [*project.masks, *(name for part in project.unlabeled for name in part or ())]
    groups = read_groups(args.groups, names) if args.groups else None
    if groups is not None:
        refuse_without_group(args.groups, project.masks, groups)
    units = len({groups[name] for name in project.masks}) if groups else len(project.masks)
    methods = check_methods(args.methods or DEFAULT, args.baseline)
    folds, seeds, iters = args.folds or min(FOLDS, units), args.seeds or SEEDS, args.iters or project.iters
    plan = make_plan(project, methods, folds, seeds, iters, groups, curve=bool(args.curve))
    if args.budget:
        print(f'measuring {budgets.STEPS} steps of {len(methods)} methods', flush=True)
        costs = budgets.measure(project, plan, folder / 'measured', train_one, slots, workers)
        choice = budgets.choose(costs, budget, len(slots), project.iters, units, plan.baseline, args.folds, args.seeds,
                                args.iters, args.curve)
        plan = make_plan(project, methods, choice.folds, choice.seeds, choice.iters, groups, curve=choice.curve,
                         budget=budget.seconds, costs=costs)
    write_configs(project, plan, folder, workers)
    write_atomic(json.dumps({key: getattr(args, key) for key in KEPT}).encode(), folder / OPTIONS)
    plan.save(folder)  # last: from here on the plan holds
    shutil.rmtree(folder / 'measured', ignore_errors=True)
    return plan


def describe(plan: Plan, project: Project, slots: list) -> None:
    """Says the plan."""
    held = sorted({len(cell.held) for cell in plan.cells})
    shown = f'{held[0]} to {held[-1]}' if len(held) > 1 else f'{held[0]}'
    print(f'plan: {plan.folds} folds x {amount(plan.seeds, "seed")} of {len(project.masks)} masks, '
          f'{shown} held out at a time; {len(plan.methods)} methods: {", ".join(plan.methods)}')
    print(f'      {plan.iters} iterations of {amount(plan.labeled, "labeled image")} (and '
          f'{amount(plan.unlabeled, "unlabeled one")}); '
          f'{len(plan.runs())} runs, {len(slots)} at a time'
          + (', with a learning curve' if plan.curve else ''))
    if plan.costs:
        seconds = budgets.seconds_of(plan.costs, plan.baseline, len(plan.cells), plan.iters, len(slots), plan.curve)
        print(f'      about {seconds / 60:.0f} minutes of the budget of {plan.budget / 60:.0f}')
    if plan.iters != project.iters:
        print(f"      the project's configs have {project.iters} iterations; methods may rank differently there")
    if plan.points:
        print(f'      after {" and ".join(map(str, plan.points))} pairs of fold and seed {RULE}')
