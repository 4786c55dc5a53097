# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Full disks and broken checkpoint files."""
import errno
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from mmseg_entmin import atomic
from mmseg_entmin.engine.checkpoints.checkpoint_file import newest_training_state, read_checkpoint
from tests.stress.faults_kills import Case, row
from tests.stress.faults_points import at_call, at_event, in_write
from tests.stress.faults_training import log_of, train

CUT = 'cannot be read: it is cut off, or no file of torch.save'


def no_space() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def one_failed_write(case: Case, before: Callable[[], None]) -> str:
    """A checkpoint that cannot be written is reported; the training goes on, and other checkpoints stay."""
    work_dir = case.new_work_dir()
    if train(case.config, work_dir, before=before) != 0:
        return f'the training ended: {log_of(work_dir)[-300:]}'
    if 'The checkpoint could not be saved: ' not in log_of(work_dir):
        return 'it was not reported'
    if list(work_dir.glob('.*')):
        return 'a partial file is left'
    return case.resumed(work_dir)


def full_at_the_end(case: Case, before: Callable[[], None]) -> str:
    """If the last checkpoint cannot be written, the training ends with one line and status 1, and can be resumed."""
    work_dir = case.new_work_dir()
    if train(case.config, work_dir, before=before) != 1:
        return 'it did not end with status 1'
    last = log_of(work_dir).strip().splitlines()[-1]
    if not last.startswith('error: The checkpoint could not be saved: '):
        return f'it ended with {last}'
    return case.resumed(work_dir)


def tiny_disk(case: Case, checkpoints: float) -> str:
    """Train on a file system with room for ``checkpoints``; a training needs three of them and the best one."""
    work_dir = case.new_work_dir()
    work_dir.mkdir()
    size = int(checkpoints * (case.reference / 'iter_8.pth').stat().st_size)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', work_dir], check=True)
    try:
        train(case.config, work_dir)
        if 'No space left on device' not in log_of(work_dir):
            return 'it was never full'
        path, _, broken = newest_training_state(work_dir)
        if path is None or broken:
            return f'no good checkpoint is left: {broken}'
        subprocess.run(['mount', '-o', 'remount,size=16m', work_dir], check=True)
        return case.resumed(work_dir, keep=True)
    finally:
        subprocess.run(['umount', '-l', work_dir], check=False)


def broken(case: Case, spoil: Callable[[Path], None], message: str) -> str:
    """A broken newest checkpoint is named, and the one before it is used."""
    work_dir = case.new_work_dir()
    train(case.config, work_dir, before=partial(at_event, 'before_train_iter', 8))
    spoil(work_dir / 'iter_6.pth')
    problem = case.resumed(work_dir, keep=True)
    log = log_of(work_dir)
    if f"warning: checkpoint '{work_dir}/iter_6.pth'" not in log or message not in log:
        return f'not named: {log[-300:]}'
    return problem or ('' if 'resumed epoch: 0, iter: 4' in log else 'not resumed from the one before')


def cut(path: Path, share: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:int(len(data) * share)])


def flip_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    place = data.index(b'/data/') + 100_000
    data[place] ^= 1
    path.write_bytes(data)


def loads_anywhere(case: Case) -> list[str]:
    """Load the checkpoints in a process without mmengine; one problem for each, empty if there is none."""
    script = 'import sys, torch; torch.load(sys.argv[1], weights_only=True)'
    problems = []
    for path in sorted(case.reference.glob('*.pth')):
        done = subprocess.run([os.sys.executable, '-c', script, path], capture_output=True, text=True)
        problems.append(done.stderr.strip().splitlines()[-1] if done.returncode else '')
        read_checkpoint(path)
    return problems


def run() -> dict:
    begun, rows = time.monotonic(), []
    with tempfile.TemporaryDirectory() as folder:
        case = Case(Path(folder), 'entmin', 0)
        rows.append(row('one write fails: no space, in the middle of a file', [
            one_failed_write(case, partial(in_write, count, no_space)) for count in (1, 3, 5)],
            'said in the log; the training goes on and ends the same to the bit'))
        rows.append(row('one write fails: at its fsync, at its rename', [
            one_failed_write(case, partial(at_call, atomic.os, name, 3, no_space)) for name in ('fsync', 'replace')],
            'said in the log; the training goes on and ends the same to the bit'))
        rows.append(row('files may not grow beyond 200 kB from a step on', [
            full_at_the_end(case, partial(at_event, 'before_train_iter', step, partial(limit_files, 200_000)))
            for step in (2, 5, 8)], 'one line, status 1; resumed, the same to the bit'))
        if os.geteuid() == 0:
            rows.append(row('a small file system runs full', [tiny_disk(case, room) for room in (1.5, 2.2, 2.8)],
                            'the last good checkpoint is whole; resumed with more room, the same to the bit'))
        spoiled = [(partial(cut, share=share), CUT) for share in (0.99, 0.5, 0.01)]
        spoiled += [(partial(cut, share=0), 'it is empty'), (flip_a_bit, 'is damaged'),
                    (lambda path: path.write_text('not a checkpoint'), CUT),
                    (lambda path: torch.save(dict(state_dict={}), path), 'holds no meta, message_hub, optimizer'),
                    (lambda path: torch.save([1, 2], path), 'it holds a list, not a dict')]
        rows.append(row('the newest checkpoint is cut off, damaged, empty or another file', [
            broken(case, *pair) for pair in spoiled], 'named in one line; resumed from the one before, the same'))
        rows.append(row('torch.load(weights_only=True) in a process without mmengine', loads_anywhere(case), 'loaded'))
    return dict(rows=rows, seconds=time.monotonic() - begun)
