# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trainings that are killed at named points or at random times, resumed, and compared with one that was not killed."""
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.stress.faults_points import POINTS, at_event, die
from tests.stress.faults_training import ITERS, differences, log_of, start, train, wait, write_config, write_data

SETUPS = [('entmin', 0), ('entmin', 2), ('entmin_plus', 0), ('entmin_plus', 2), ('supervised', 0)]
OPTIONS = {
    'supervised': dict(custom_hooks=[dict(type='EMAHook', momentum=0.1, update_buffers=True)]),
}
KILLS = 3  # of one training, at random times
PREEMPTED = 75


class Case:
    """A training that is not killed, the reference, and others of the same config that are."""

    def __init__(self, folder: Path, method: str, workers: int, **options) -> None:
        self.name = f'{method}, {workers} workers'
        self.folder = folder / f'{method}_{workers}'
        self.folder.mkdir(parents=True)
        data = folder / 'data'
        if not data.is_dir():
            write_data(data)
        self.config = write_config(self.folder / 'config.py', data, method, workers, **options)
        self.count = 0
        self.reference = self.folder / 'reference'
        begun = time.monotonic()
        status = train(self.config, self.reference)
        self.seconds = time.monotonic() - begun
        if status != 0:
            raise RuntimeError(f'{self.name}: the training that was not killed failed: '
                               f'{log_of(self.reference)[-2000:]}')

    def new_work_dir(self) -> Path:
        self.count += 1
        return self.folder / str(self.count)

    def killed(self, before: Callable[[], None], expected: int = -signal.SIGKILL) -> str:
        """Kill a training and resume it; return the differences to the reference, empty if there are none."""
        work_dir = self.new_work_dir()
        status = train(self.config, work_dir, before=before)
        if status != expected:
            return f'ended with status {status}, not {expected}: {log_of(work_dir)[-300:]}'
        return self.resumed(work_dir)

    def resumed(self, work_dir: Path, keep: bool = False) -> str:
        """Resume a training and return its differences to the reference; then remove its work dir unless ``keep``."""
        status = train(self.config, work_dir, '--resume')
        if status != 0:
            return f'not resumed: {log_of(work_dir)[-300:]}'
        try:
            found = differences(work_dir, self.reference)
        except AssertionError as error:
            found = [str(error)]
        if not keep:
            shutil.rmtree(work_dir)
        return '; '.join(found[:3])

    def killed_from_outside(self, kills: int, rng: random.Random) -> str:
        """Kill a training several times after random delays and resume it each time; return the differences."""
        work_dir = self.new_work_dir()
        for _ in range(kills):
            pid = start(self.config, work_dir, '--resume')
            time.sleep(rng.uniform(0.2, 1.0) * self.seconds)
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            wait(pid)
        return self.resumed(work_dir)


def preempt() -> None:
    """Send SIGTERM to the process and its workers, as a scheduler does."""
    os.killpg(0, signal.SIGTERM)


def preempted_at(event: str, count: int) -> None:
    os.setpgrp()
    at_event(event, count, preempt)


def row(name: str, problems: list[str | None], note: str = '') -> dict:
    """A row of the result; the note of a failed trial is its first problem."""
    wrong = [problem for problem in problems if problem]
    return dict(name=name, tried=len(problems), passed=len(problems) - len(wrong), note=wrong[0] if wrong else note)


def run() -> dict:
    """Try all points in all set-ups."""
    begun, rng, rows = time.monotonic(), random.Random(0), []
    with tempfile.TemporaryDirectory() as folder:
        for method, workers in SETUPS:
            case = Case(Path(folder), method, workers, **OPTIONS.get(method, {}))
            # each training has at least two occurrences of each point: two validations, more of the others
            points = [partial(kill, rng.randint(1, 2)) for kill in POINTS.values()]
            rows.append(row(f'{case.name}: SIGKILL at {len(points)} named points', [
                case.killed(point) for point in points], 'resumed, the same to the bit'))
            rows.append(row(f'{case.name}: SIGKILL from outside, {KILLS} times in one training', [
                case.killed_from_outside(KILLS, rng) for _ in range(2)], 'resumed, the same to the bit'))
            signals = [partial(preempted_at, 'after_train_iter', rng.randint(1, ITERS - 1)),
                       partial(preempted_at, 'after_val_iter', rng.randint(1, 5)),
                       partial(at_event, 'before_train_iter', rng.randint(1, ITERS), partial(die, signal.SIGUSR1))]
            rows.append(row(f'{case.name}: SIGTERM and SIGUSR1 in a step and in the validation', [
                case.killed(point, PREEMPTED) for point in signals],
                            f'status {PREEMPTED}, resumed, the same to the bit'))
    return dict(rows=rows, seconds=time.monotonic() - begun)
