# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs the experiments behind docs/results.md that have no record, one process a run.

    python -m benchmarks.results.experiments --data data [--only 'wbc'] [--jobs 2] [--list]

A run trains by tools/train.py on one CPU thread, to the end of the schedule of its config; its LAST checkpoint is
evaluated. Then it gets a record. A run that was stopped continues from its checkpoint when the command is given again.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from importlib.metadata import version
from pathlib import Path
from threading import Event, Lock

import torch
from mmengine.config import Config

from benchmarks.results.experiment_list import EXPERIMENTS, Experiment
from benchmarks.results.network_size import size
from benchmarks.results.records import PACKAGES, RECORDS, append, key_of, read_all
from benchmarks.results.run_configs import load
from benchmarks.results.unsupervised import criteria
from mmseg_entmin.report.work_dir import read_lines

ROOT = Path(__file__).resolve().parents[2]
MMENGINE = Lock()  # registries and configs of MMEngine are not safe among threads


def scalars(work_dir: Path) -> Iterator[dict]:
    """Lines that a run has logged, in all its starts."""
    for path in sorted(work_dir.glob('*/vis_data/scalars.json')):
        yield from read_lines(path)


def count_logged(work_dir: Path) -> int:
    """Number of training steps that a run has logged, in all its starts."""
    return sum('loss' in line for line in scalars(work_dir))


def train(experiment: Experiment, cfg: Config, data: Path, work_dir: Path) -> int:
    """Train to the end, from a checkpoint if there is one; peak memory of the process in MiB.

    The config is written beside the work dir.

    Raises:
        SystemExit: the training failed; the message names its log.
    """
    work_dir.mkdir(parents=True, exist_ok=True)
    log = work_dir / 'output.log'
    options = experiment.options(cfg, data) | {'cache_mib': 512, 'val_evaluator.type': 'ClassIoUMetric'}
    for loader in ('train_dataloader', 'val_dataloader'):  # reading small images takes less than handing them over
        options |= {f'{loader}.num_workers': 0, f'{loader}.persistent_workers': False}
    config = work_dir.parent / f'{experiment.name}.py'
    with MMENGINE:  # two runs at a time may want one set that is not there yet
        root = experiment.root(data)
        cfg.dump(config)
    options = [f"{key}={json.dumps(value).replace(' ', '')}" if isinstance(value, list) else f'{key}={value}'
               for key, value in options.items()]
    with open(log, 'a') as out:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / 'tools' / 'train.py'), str(config), '--data-root', str(root), '--work-dir',
             str(work_dir), '--seed', str(experiment.seed), '--resume', '--cfg-options', *options],
            stdout=out, stderr=out, env=dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1'))
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f'error: {experiment.name} ended with status {os.waitstatus_to_exitcode(status)}; see {log}')
    return usage.ru_maxrss // 1024


def run(experiment: Experiment, data: Path, work_dirs: Path, records: Path) -> None:
    """Train, then append the record."""
    work_dir = work_dirs / experiment.name
    with MMENGINE:
        cfg = load(experiment.config)
    trained = count_logged(work_dir)
    peak_memory = train(experiment, cfg, data, work_dir)
    with MMENGINE:
        result = record(experiment, cfg, data, list(scalars(work_dir)))
        if target := experiment.target(data):
            result['metrics'] |= criteria(cfg, work_dir / f"iter_{result['iterations']}.pth", target)
    result['device'] = torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU'
    if torch.cuda.is_available():
        result['peak_memory_mib'] = max(line['memory'] for line in scalars(work_dir) if 'memory' in line)
    elif count_logged(work_dir) > trained:  # a run that was at its end is only validated again
        result['peak_memory_mib'] = peak_memory
    append(result, records)
    print(f"{experiment.name}: mIoU {result['metrics']['mIoU']}", flush=True)


def record(experiment: Experiment, cfg: Config, data: Path, lines: list[dict]) -> dict:
    """The record of a run: what its config says, and what it logged."""
    run_cfg = cfg.copy()
    run_cfg.merge_from_dict(experiment.options(cfg, data))
    labeled = run_cfg.train_dataloader.dataset
    labeled = labeled.get('labeled', labeled)
    return dict(
        config=experiment.config,
        split=experiment.split,
        seed=experiment.seed,
        labeled_list=labeled.ann_file,
        **(dict(labeled_indices=labeled.indices) if experiment.split == 'draws' else {}),
        test_list=run_cfg.val_dataloader.dataset.ann_file,
        iterations=run_cfg.train_cfg.max_iters,
        metrics={key: value for key, value in lines[-1].items() if key not in ('time', 'data_time', 'step')},
        seconds_per_iteration=statistics.median(line['time'] for line in lines if 'loss' in line),
        **size(experiment.config),
        versions={package: version(package) for package in PACKAGES},
        commit=commit())


def commit() -> str:
    """Commit of the code; empty if it is no clone."""
    command = ['git', '-C', str(ROOT), 'rev-parse', 'HEAD']
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, default=ROOT / 'data', help='folder with wbc1, ... (default: data)')
    parser.add_argument('--work-dirs', type=Path, default=ROOT / 'work_dirs' / 'experiments')
    parser.add_argument(
        '--records', type=Path, default=RECORDS, help='folder of the CSV files (default: benchmarks/results/records)')
    parser.add_argument('--only', default='', help='only runs whose name this regular expression finds')
    parser.add_argument('--jobs', type=int, default=1, help='runs at a time (default: 1)')
    parser.add_argument('--list', action='store_true', help='list the runs with and without a record; run none')
    args = parser.parse_args(argv)
    todo, known = [], {key_of(record) for record in read_all(args.records)}
    for experiment in EXPERIMENTS:
        done = (experiment.config, experiment.split, experiment.seed) in known
        if not re.search(args.only, experiment.name):
            continue
        if args.list:
            print('done   ' if done else 'missing', experiment.name)
        elif not done:
            todo.append(experiment)
    failed = Event()

    def attempt(experiment: Experiment) -> None:
        if failed.is_set():  # before the others are told
            return
        try:
            run(experiment, args.data, args.work_dirs, args.records)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(args.jobs) as pool:  # threads: the work is in processes of their own
        futures = [pool.submit(attempt, experiment) for experiment in todo]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:  # an error, or Ctrl-C: what has not begun is not begun
            pool.shutdown(cancel_futures=True)
            raise


if __name__ == '__main__':
    main()
