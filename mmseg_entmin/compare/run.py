# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trains the runs of a plan side by side, each in a process of its own, and goes on where it was after a kill."""
import json
import math
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path

from mmseg_entmin.atomic import write_atomic

from .configs import config_path, work_dir
from .dropping import losers
from .plan import Plan, Run
from .results import Row, read_row, write_failure, write_rows

LOG, TRIES = 'output.log', 3  # a run that a signal ends is started again so often
FEWEST_CELLS = 2
Say = Callable[[str], None]
Train = Callable[..., None]


@dataclass
class Progress:
    """What has been done: rows by name of the run, and after how many cells a method was dropped."""

    rows: dict[str, Row] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    cells: int = 0  # that have been trained

    def table(self, plan: Plan) -> list[Row]:
        return [self.rows[run.name] for run in plan.runs() if run.name in self.rows]


def start_server(train: Train) -> multiprocessing.context.BaseContext:
    """Processes are forked from one that has done the imports, which take longer than a short run. CUDA is not started
    in it."""
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload([train.__module__])
    return context


@dataclass
class Budget:
    """Seconds that a comparison may take, all its starts together, and those that it has taken.

    Attributes:
        seconds: infinite without a bound.
        path: file that keeps the time for the next start, or None.
        earlier: seconds of earlier starts.
        begun: when this start began.
    """

    seconds: float = math.inf
    path: Path | None = None
    earlier: float = 0.
    begun: float = field(default_factory=time.monotonic)

    @property
    def used(self) -> float:
        return self.earlier + time.monotonic() - self.begun

    def save(self) -> None:
        if self.path is not None:
            write_atomic(json.dumps(dict(seconds=round(self.used, 1))).encode(), self.path)

    def load(self) -> None:
        if self.path is not None and self.path.is_file():
            self.earlier = json.loads(self.path.read_text())['seconds']


def run_plan(plan: Plan, folder: Path, train: Train, slots: Sequence[str | None], say: Say = print,
             budget: Budget | None = None) -> Progress:
    """Trains what has no result yet. Decisions to drop a method depend on results alone, so that a comparison that was
    killed ends as one that was not.

    Args:
        plan: what to train.
        folder: of the comparison, with the configs.
        train: takes config, work dir and GPU; importable by name.
        slots: what can be used at a time, a GPU or None for a process on the CPU.
        say: gets a line for each run that ends.
        budget: a cell that would not end in time is not begun, nor is a run after the end of the budget; the first two
            cells are trained at any rate. Default: no bound.
    """
    context, progress, budget = start_server(train), Progress(), budget or Budget()
    for block, stop in zip([0, *plan.points], [*plan.points, len(plan.cells)]):
        runs = [run for cell in plan.cells[block:stop] for run in plan.runs_of(cell)
                if run.method not in progress.dropped]
        train_all(runs, plan, folder, train, slots, say, context, progress, budget)
        progress.cells = sum(all(run.name in progress.rows for run in plan.runs_of(cell)
                                 if run.method not in progress.dropped) for cell in plan.cells)
        if progress.cells < stop:
            say(f'the budget ends after {progress.cells} of {len(plan.cells)} pairs of fold and seed')
            break
        if stop in plan.points:
            for method in losers(plan, plan.cells[:stop], progress.rows.values(), progress.dropped):
                progress.dropped[method] = stop
                say(f'{method} is dropped after {stop} of {len(plan.cells)} pairs of fold and seed: it clearly loses')
    return progress


def in_time(run: Run, begun: bool, plan: Plan, progress: Progress, budget: Budget) -> bool:
    """Whether a run may start: if its cell has begun, within the budget; or else if the cell would end within it, were
    its runs as long as those before."""
    done = len(progress.rows)
    # the runs of a new cell, and one for those of the cell before that have not ended
    left = 0 if begun else len(plan.runs_of(run.cell)) + 1
    return run.cell in plan.cells[:FEWEST_CELLS] or not done or budget.used * (1 + left / done) <= budget.seconds


def train_all(runs: Sequence[Run], plan: Plan, folder: Path, train: Train, slots: Sequence[str | None], say: Say,
              context: multiprocessing.context.BaseContext, progress: Progress, budget: Budget) -> None:
    """Trains runs, as many at a time as there are slots. A run that fails is named, and the others go on."""
    free, active = list(slots), {}
    tries: dict[str, int] = {}

    def record(run: Run, line: bool = True) -> bool:
        row = read_row(run, work_dir(run, folder))
        if row is not None:
            progress.rows[run.name] = row
            if line:
                budget.save()
                write_rows(progress.table(plan), folder)
                done = f"mIoU {row['mIoU']:.2f}" if row['state'] == 'done' else f"failed: {row['reason']}"
                say(f'{len(progress.rows)} of {len(plan.runs())}  {run.name}: {done}')
        return row is not None

    waiting = [run for run in runs if not record(run, line=False)]
    begun = {(row['seed'], row['fold']) for row in progress.rows.values()}
    try:
        while waiting or active:
            while waiting and free:
                place = waiting[0].cell.seed, waiting[0].cell.fold
                if not in_time(waiting[0], place in begun, plan, progress, budget):
                    waiting.clear()
                    break
                begun.add(place)
                run, slot = waiting.pop(0), free.pop(0)
                process = context.Process(
                    target=train, args=(str(config_path(run, folder)), str(work_dir(run, folder)), slot), daemon=False)
                process.start()
                active[process.sentinel] = run, slot, process
            for sentinel in wait(list(active)) if active else ():
                run, slot, process = active.pop(sentinel)
                process.join()
                free.append(slot)
                tries[run.name] = tries.get(run.name, 0) + 1
                if record(run):
                    continue
                if process.exitcode < 0 and tries[run.name] < TRIES:  # it goes on from its checkpoint
                    waiting.insert(0, run)
                    continue
                write_failure(work_dir(run, folder), why(process.exitcode, work_dir(run, folder)))
                record(run)
    finally:
        for _, _, process in active.values():
            process.kill()
        budget.save()
    write_rows(progress.table(plan), folder)


def why(exitcode: int, folder: Path) -> str:
    """The reason of a failure: the signal, or the last line that the run wrote."""
    if exitcode < 0:
        return f'ended by signal {-exitcode} {TRIES} times' + (
            ', perhaps for lack of memory; give fewer --jobs' if exitcode == -9 else '')
    log = folder / LOG
    lines = log.read_text(encoding='utf-8', errors='replace').strip().splitlines() if log.is_file() else []
    return f"{lines[-1].removeprefix('error: ') if lines else f'exit status {exitcode}'} ({log})"


def cpu_slots(jobs: int | None, gpus: int) -> list[str | None]:
    """One process for each GPU, or without one as many as there are processors; `jobs` of them if it is given."""
    if gpus:
        visible = os.environ.get('CUDA_VISIBLE_DEVICES')
        names = visible.split(',')[:gpus] if visible else [str(gpu) for gpu in range(gpus)]
        return [names[place % gpus] for place in range(jobs or gpus)]
    return [None] * (jobs or len(os.sched_getaffinity(0)))
