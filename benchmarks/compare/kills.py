# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Kills ``entmin compare`` at random points, and looks whether it ends with the same table to the bit.

    python -m benchmarks.compare.kills --work-dir work_dirs/kills
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.compare.coverage import BASE, ROOT
from benchmarks.compare.generated import draw, make_project
from mmseg_entmin.atomic import write_csv
from mmseg_entmin.compare.results import TIMES, read_rows
from mmseg_entmin.compare.table import FILE

RECORD = Path(__file__).with_name('records') / 'kills.csv'
OPTIONS = ('--methods', 'supervised', 'entmin', '--folds', '3', '--seeds', '1', '--jobs', '2', '--iters', '120')
KILLS = 10


def start(project: Path, out: Path) -> subprocess.Popen:
    """The command, in a process group of its own."""
    with open(out.with_suffix('.log'), 'a') as log:
        return subprocess.Popen(
            [sys.executable, '-m', 'entmin', 'compare', str(project), '--out', str(out), *OPTIONS], stdout=log,
            stderr=log, start_new_session=True, env=dict(os.environ, PYTHONPATH=str(ROOT)))


def end(process: subprocess.Popen, whole: bool) -> None:
    """SIGKILL, for the whole group or for the first process alone; its runs then end by themselves."""
    if whole:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def done(out: Path) -> int:
    return len([*out.glob('work_dirs/*/result.json')])


def content(out: Path) -> tuple:
    """What has to be the same: the table, and the results without their times."""
    rows = [{key: value for key, value in row.items() if key not in TIMES} for row in read_rows(out)]
    return (out / FILE).read_bytes(), rows


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--work-dir', type=Path, default=ROOT / 'work_dirs' / 'kills')
    parser.add_argument('--record', type=Path, default=RECORD)
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args(argv)
    rng = np.random.default_rng(args.seed)
    project = make_project(draw(0), args.work_dir, BASE)
    whole, killed = args.work_dir.resolve() / 'whole', args.work_dir.resolve() / 'killed'
    for out in (whole, killed):
        shutil.rmtree(out, ignore_errors=True)
    begun = time.monotonic()
    assert start(project, whole).wait() == 0, whole.with_suffix('.log')
    length = time.monotonic() - begun
    rows = []
    for number in range(KILLS):
        after, group = float(rng.uniform(0, 0.4 * length)), bool(rng.integers(2))
        process = start(project, killed)
        try:
            process.wait(after)
            ended = True
        except subprocess.TimeoutExpired:
            ended = False
            end(process, group)
        rows.append([number, round(after / length, 3), 'all' if group else 'the first', done(killed),
                     len([*killed.glob('work_dirs/*/*.pth')]), 'ended before' if ended else 'killed'])
        print(*rows[-1], flush=True)
    assert start(project, killed).wait() == 0, killed.with_suffix('.log')
    same = content(whole) == content(killed)
    rows.append(['end', '', '', done(killed), len([*killed.glob('work_dirs/*/*.pth')]),
                 'the same to the bit' if same else 'ANOTHER RESULT'])
    print(*rows[-1])
    write_csv([['kill', 'time as a share of an undisturbed comparison', 'processes', 'runs that had ended',
                'checkpoints', 'state'], *rows], args.record)
    if not same:
        raise SystemExit(1)


if __name__ == '__main__':
    main()
