# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Kills ``entmin compare`` ten times, once in each tenth of its runs: it has to end with the same table to the bit.

    python -m tests.stress.compare_kills

The commands are forked from this process, which has done the imports, and so are their runs.
"""
import argparse
import multiprocessing
import os
import signal
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from entmin.command_line import main as entmin
from mmseg_entmin.atomic import write_csv
from mmseg_entmin.compare import run
from mmseg_entmin.compare.results import TIMES, read_rows
from mmseg_entmin.compare.table import FILE
from tests.compared_projects import make_folder

RECORD = Path(__file__).with_name('records') / 'compare_kills.csv'
KILLS, STARTS = 10, 50


def start(command: list[str]) -> int:
    """Runs the command in a process group of its own; its id."""
    process = os.fork()
    if process == 0:
        os.setsid()
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.dup2(sink, 2)
        try:
            entmin(command)
        except SystemExit as end:
            os._exit(1 if end.code else 0)
        os._exit(0)
    return process


def finish(command: list[str]) -> None:
    """Runs the command to its end; a run of the start before may hold the lock for a moment."""
    for _ in range(STARTS):
        if os.waitpid(start(command), 0)[1] == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f'does not end well: {command}')


def ended(folder: Path) -> int:
    """Number of runs with a result."""
    return len([*folder.glob('work_dirs/*/result.json')])


def kill(command: list[str], folder: Path, runs: int, seconds: float, whole: bool) -> bool:
    """Sends SIGKILL this time after so many runs have ended, to all processes or to the first alone; whether it was
    still at work."""
    process = start(command)
    while ended(folder) < runs:
        if os.waitpid(process, os.WNOHANG)[0]:
            return False
        time.sleep(0.02)
    time.sleep(seconds)
    (os.killpg if whole else os.kill)(process, signal.SIGKILL)
    return os.waitpid(process, 0)[1] == signal.SIGKILL


def content(folder: Path) -> tuple:
    """What must not depend on kills: the table, and the results without their times."""
    rows = [{key: value for key, value in row.items() if key not in TIMES} for row in read_rows(folder)]
    return (folder / FILE).read_bytes(), rows


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--record', type=Path, default=RECORD)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    torch.zeros((), requires_grad=True).backward()  # starts the threads that a forked process needs
    run.start_server = lambda train: multiprocessing.get_context('fork')
    rng, rows = np.random.default_rng(args.seed), []
    with tempfile.TemporaryDirectory() as place:
        project = make_folder(Path(place, 'cells'))
        whole, killed = project / 'whole', project / 'killed'
        command = ['compare', str(project), '--methods', 'entmin', 'entmin_plus', '--folds', '3', '--seeds', '2',
                   '--iters', '60', '--jobs', '2', '--out']
        begun = time.monotonic()
        finish([*command, str(whole)])
        length, runs = time.monotonic() - begun, ended(whole)
        for number in range(KILLS):
            place, group = runs * float(rng.uniform(number, number + 1)) / KILLS, bool(rng.integers(2))
            seconds = (place - int(place)) * length / runs
            if not kill([*command, str(killed)], killed, int(place), seconds, group):
                break
            rows.append([number + 1, f'{place:.1f} of {runs} runs', 'all' if group else 'the first',
                         ended(killed), len([*killed.glob('work_dirs/*/*.pth')])])
        finish([*command, str(killed)])
        same, count = content(whole) == content(killed), len(read_rows(killed))
    rows.append(['end', 'the same to the bit' if same else 'ANOTHER TABLE', '', count, ''])
    write_csv([['kill', 'after', 'killed processes', 'runs that had ended', 'checkpoints'], *rows], args.record)
    for row in rows:
        print(*row, sep=', ')
    if not same:
        raise SystemExit(1)


if __name__ == '__main__':
    main()
