# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Trainings of two processes: equal to one process, with disjoint images, and with a process that dies."""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from mmseg_entmin.engine.runner import ResumableRunner
from tests.stress.faults_kills import PREEMPTED, row
from tests.stress.faults_points import at_event, die
from tests.stress.faults_training import (
    METHODS,
    differences,
    fork,
    log_of,
    run_tool,
    start,
    train,
    wait,
    write_config,
    write_data,
)

LAUNCHER = Path(__file__).resolve().parents[2] / 'tools' / 'dist_train.sh'
STEPS = 20
TOLERANCE = 1e-5
Before = Callable[[int], None] | None  # takes the rank


def ranks_env(rank: int, world_size: int, port: int) -> dict:
    return dict(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(world_size), MASTER_ADDR='127.0.0.1',
                MASTER_PORT=str(port))


def train_ranks(config: Path, work_dir: Path, *args: str, before: Before = None, world_size: int = 2) -> list[int]:
    """Run one training in several processes, as a launcher starts them; return their exit statuses."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    return [wait(pid) for pid in [
        start(config, work_dir, *args, '--launcher', 'pytorch', env=ranks_env(rank, world_size, port),
              before=None if before is None else partial(before, rank)) for rank in range(world_size)]]


def elastic(config: Path, work_dir: Path, *args: str, before: Before = None, max_restarts: int = 0) -> int:
    """Run one training in two processes under the agent of ``torchrun``; its output goes to WORK_DIR.agent.

    The agent forks the ranks, so that they import nothing again.
    """

    def rank_main() -> None:
        rank = int(os.environ['RANK'])
        run_tool(config, work_dir, *args, '--launcher', 'pytorch',
                 before=None if before is None else partial(before, rank))

    def agent() -> None:
        log = os.open(f'{work_dir}.agent', os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ['TORCH_DISABLE_SHARE_RDZV_TCP_STORE'] = '1'  # as tools/dist_train.sh does
        options = LaunchConfig(
            1, 1, 2, rdzv_backend='c10d', rdzv_endpoint='127.0.0.1:0', run_id=work_dir.name, start_method='fork',
            max_restarts=max_restarts, local_addr='127.0.0.1')
        elastic_launch(options, rank_main)()

    return wait(fork(agent))


def noiseless() -> None:
    """Remove the Gaussian noise from the losses: each rank draws its own, which a single process cannot repeat."""
    torch.randn_like = torch.zeros_like


def note_images(path: Path, rank: int) -> None:
    """Write the images of each step of a rank to a file."""
    original = ResumableRunner.call_hook

    def call_hook(runner, name: str, **kwargs: Any) -> None:
        if name == 'before_train_iter':
            images = [sample.img_path for sample in kwargs['data_batch']['data_samples']]
            with open(f'{path}.{rank}', 'a') as file:
                file.write(json.dumps(images) + '\n')
        return original(runner, name, **kwargs)

    ResumableRunner.call_hook = call_hook


def equivalence(folder: Path, data: Path, method: str) -> tuple:
    """Compare two ranks with batch b and one process with batch 2b after 20 steps.

    Returns:
        The problem, empty if there is none, and the largest difference of a weight.
    """
    options = {
        'norm': dict(type='GN', num_groups=2), 'train_cfg.max_iters': STEPS, 'train_cfg.val_interval': STEPS,
        'default_hooks.checkpoint.interval': STEPS, 'find_unused_parameters': method != 'supervised',
        'optim_wrapper.optimizer': dict(_delete_=True, type='SGD', lr=0.05, momentum=0.9),}
    if method == 'supervised':
        options.update({'model.decode_head.dropout_ratio': 0.})
        twice = {'train_dataloader.batch_size': 4}
    else:
        options.update({'model.decode_head.head.dropout_ratio': 0.})
        twice = {'train_dataloader.batch_size': 8, 'train_dataloader.sampler.labeled': 4,
                 'train_dataloader.sampler.unlabeled': 4}
    if method == 'entmin_plus':  # each rank draws its own views
        options.update({'model.strong_view': dict(jitter_prob=0., gray_prob=0., blur_prob=0.),
                        'model.cutmix': dict(prob=0.)})
    pair, alone = folder / f'{method}_pair', folder / f'{method}_alone'
    statuses = train_ranks(write_config(folder / f'{method}_2.py', data, method, void=0, **options), pair,
                           before=lambda rank: noiseless())
    statuses.append(train(write_config(folder / f'{method}_1.py', data, method, void=0, **options, **twice), alone,
                          before=noiseless))
    if any(statuses):
        return f'statuses {statuses}: {log_of(pair)[-500:]}', ''
    first, second = (torch.load(path / f'iter_{STEPS}.pth', weights_only=True)['state_dict'] for path in (pair, alone))
    most = max((first[name].double() - second[name].double()).abs().max().item() for name in first)
    return '' if most <= TOLERANCE else f'differ by {most:.1e}', f'{most:.1e}'


def disjoint(folder: Path, data: Path) -> str:
    """No step has an image twice, on one rank or on two, and both ranks read both sources."""
    notes = folder / 'images'
    config = write_config(folder / 'disjoint.py', data, **{'train_cfg.max_iters': STEPS, 'train_cfg.val_interval': 99,
                                                           'train_dataloader.num_workers': 2})
    statuses = train_ranks(config, folder / 'disjoint', before=partial(note_images, notes))
    if any(statuses):
        return f'statuses {statuses}'
    steps = zip(*([json.loads(line) for line in Path(f'{notes}.{rank}').read_text().splitlines()] for rank in (0, 1)))
    counts = [len({*first, *second}) for first, second in steps]
    return '' if counts == [8] * STEPS else f'different images in the steps: {counts}'


def even(folder: Path, data: Path, workers: int) -> str:
    """Five test images on two ranks, and a finite sampler over thirteen images: no rank waits for the other."""
    config = write_config(folder / f'uneven_{workers}.py', data, 'supervised', workers, **{
        'train_dataloader.sampler': dict(_delete_=True, type='DefaultSampler', shuffle=True),
        'val_dataloader.sampler.round_up': False})
    statuses = train_ranks(config, folder / f'uneven_{workers}')
    return f'statuses {statuses}' if any(statuses) else ''


def die_first_time(event: str, count: int, act: Callable[[], None], rank: int) -> None:
    """Let rank 1 die in the first start of a training, but not after a restart."""
    if rank == 1 and os.environ.get('TORCHELASTIC_RESTART_COUNT', '0') == '0':
        at_event(event, count, act)


def fail() -> None:
    raise RuntimeError('the fan of node 7 has stopped')


def dies(folder: Path, config: Path, name: str, act: Callable[[], None], message: str) -> str:
    """If a rank dies, the other one ends too, with the error of the first, long before any timeout."""
    work_dir, begun = folder / name, time.monotonic()
    status = elastic(config, work_dir, before=partial(die_first_time, 'before_train_iter', 4, act))
    seconds = time.monotonic() - begun
    if status == 0 or seconds > 60:
        return f'status {status} after {seconds:.0f} s'
    said = Path(f'{work_dir}.agent').read_text() + log_of(work_dir)
    return '' if message in said else f'not reported: {said[-500:]}'


def restarted(folder: Path, config: Path, reference: Path, name: str, event: str, count: int) -> str:
    """If a rank dies and restarts are left, both continue from the last checkpoint, bit by bit the same."""
    work_dir = folder / name
    status = elastic(config, work_dir, '--resume', max_restarts=1,
                     before=partial(die_first_time, event, count, die))
    if status:
        return f'status {status}: {Path(f"{work_dir}.agent").read_text()[-500:]}'
    if 'resumed epoch: 0' not in log_of(work_dir):
        return 'it started from the beginning'
    return '; '.join(differences(work_dir, reference)[:3])


def one_gets_a_signal(folder: Path, config: Path, reference: Path, number: int) -> str:
    """Both ranks stop after the same step although only one gets the signal."""
    work_dir = folder / f'signal_{number}'

    def before(rank: int) -> None:
        if rank == 1:
            at_event('after_train_iter', 3, partial(die, number))

    statuses = train_ranks(config, work_dir, before=before)
    if statuses != [PREEMPTED] * 2:
        return f'statuses {statuses}: {log_of(work_dir)[-500:]}'
    statuses = train_ranks(config, work_dir, '--resume')
    return f'statuses {statuses}' if any(statuses) else '; '.join(differences(work_dir, reference)[:3])


def other_number(folder: Path, config: Path) -> str:
    """Two killed ranks continue as one, and one as two; the log says that this is not exact."""
    message = 'not to the bit as it would have: it was saved by {} process(es), and now there are {}'
    for name, first, second in (('fewer', 2, 1), ('more', 1, 2)):
        work_dir = folder / name
        train_ranks(config, work_dir, world_size=first, before=lambda rank: at_event('before_train_iter', 6))
        statuses = train_ranks(config, work_dir, '--resume', world_size=second)
        if any(statuses) or message.format(first, second) not in log_of(work_dir):
            return f'{first} to {second}: statuses {statuses}: {log_of(work_dir)[-500:]}'
    return ''


def launched(folder: Path, data: Path, reference: Path) -> str:
    """Run the launch script itself, with a new interpreter for each process and a rank that is killed once."""
    work_dir, killer = folder / 'script', folder / 'kill_rank_1.py'
    killer.write_text('''
import os, signal
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

@HOOKS.register_module()
class KillRank1(Hook):
    def before_train_iter(self, runner, **kwargs):
        if (runner.rank, runner.iter, os.environ['TORCHELASTIC_RESTART_COUNT']) == (1, 5, '0'):
            os.kill(os.getpid(), signal.SIGKILL)
''')
    config = write_config(folder / 'script.py', data, 'entmin_plus', custom_hooks=[dict(type='KillRank1')], **{
        'custom_imports.imports': ['mmseg_entmin', 'kill_rank_1']})
    done = subprocess.run(
        ['bash', LAUNCHER, config, '2', '--work-dir', work_dir],
        env={**os.environ, 'MAX_RESTARTS': '1', 'PYTHONPATH': f'{folder}:{os.environ.get("PYTHONPATH", "")}',
             'OMP_NUM_THREADS': '1', 'PYTHON': sys.executable}, capture_output=True, text=True, timeout=300)
    if done.returncode:
        return f'status {done.returncode}: {(done.stdout + done.stderr)[-1000:]}'
    if 'resumed epoch: 0, iter: 4' not in done.stdout + done.stderr:
        return 'not resumed'
    return '; '.join(differences(work_dir, reference)[:3])


def run() -> dict:
    begun, rows = time.monotonic(), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = write_data(folder / 'data')
        for method in METHODS:
            problem, note = equivalence(folder, data, method)
            rows.append(row(f'{method}: 2 processes with batch b, and 1 with batch 2b, after {STEPS} steps', [problem],
                            f'largest difference of a weight {note}, allowed {TOLERANCE:.0e}'))
        rows.append(row(f'2 processes see disjoint images, {STEPS} steps', [disjoint(folder, data)],
                        'all 8 images of a step are different'))
        rows.append(row('lengths that 2 processes cannot share evenly, 0 and 2 workers', [
            even(folder, data, workers) for workers in (0, 2)], 'none waits for the other'))
        config, reference = write_config(folder / 'two.py', data, 'entmin_plus'), folder / 'reference'
        if any(train_ranks(config, reference)):
            raise RuntimeError(log_of(reference)[-2000:])
        rows.append(row('one of 2 processes raises, one is killed', [
            dies(folder, config, 'raises', fail, 'the fan of node 7 has stopped'),
            dies(folder, config, 'killed', die, 'Signal 9 (SIGKILL)')], 'both end, with its error'))
        rows.append(row('one of 2 processes is killed, torchrun --max-restarts 1', [
            restarted(folder, config, reference, f'restarted_{i}', *point)
            for i, point in enumerate([('before_train_iter', 6), ('after_val_iter', 2)])], 'the same to the bit'))
        rows.append(row('one of 2 processes gets SIGTERM, SIGUSR1', [
            one_gets_a_signal(folder, config, reference, number) for number in (signal.SIGTERM, signal.SIGUSR1)],
            f'both end with status {PREEMPTED}; resumed, the same to the bit'))
        rows.append(row('resumed with another number of processes: 2 to 1, 1 to 2', [other_number(folder, config)],
                        'goes on; says that it is not exact'))
        rows.append(row('tools/dist_train.sh with MAX_RESTARTS=1, one of 2 processes killed', [
            launched(folder, data, reference)], 'the same to the bit'))
    return dict(rows=rows, seconds=time.monotonic() - begun)
