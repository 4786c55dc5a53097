# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs the experiments behind docs/results.md: what is missing, one process a run, one record a run.

    python -m benchmarks.results.experiments --data data [--only 'wbc'] [--jobs 2] [--list]

A run trains by tools/train.py, on one CPU thread, to the end of its config's schedule and is judged by its LAST
checkpoint. A stopped run goes on from its checkpoint when the command is given again. `make tables` fills the
tables from the records alone.
"""
import argparse
import functools
import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Event, Lock

import torch
from mmengine.analysis import FlopAnalyzer
from mmengine.config import Config
from mmengine.registry import DefaultScope
from torch import Tensor, nn

import mmseg_entmin  # noqa: F401
from benchmarks.results.chosen_images import held_out, other_draw, other_set
from benchmarks.results.records import PACKAGES, RECORDS, append, key_of, read_all
from benchmarks.results.run_configs import exists, load
from benchmarks.results.table_list import TABLES
from mmseg_entmin.datasets.splits import read_list
from mmseg_entmin.registry import MODELS
from mmseg_entmin.report.work_dir import read_lines

ROOT = Path(__file__).resolve().parents[2]
MMENGINE = Lock()  # its registries and configs are not made for threads


@dataclass(frozen=True)
class Experiment:
    """One run: the run id of its config, the folder of its data below --data, a seed, and the choice of its images."""

    config: str
    data: str
    seed: int
    split: str = 'test'  # or 'validation', 'draws' or 'sets', see chosen_images.py

    @property
    def name(self) -> str:
        split = '' if self.split == 'test' else f'_{self.split}'
        return f"{self.config.replace('/', '-')}{split}_seed{self.seed}"

    def options(self, cfg: Config, data: Path) -> dict:
        """What the split changes in the config."""
        if self.split == 'validation':
            return held_out(cfg, self.data)
        if self.split == 'draws':
            pool = read_list(data / self.data / 'splits' / 'train.txt')
            return other_draw(cfg, pool, re.search(r'1-\d+', self.config).group(), self.seed)
        return {}

    def root(self, data: Path) -> Path:
        """The folder of its images."""
        return other_set(data / self.data, self.seed) if self.split == 'sets' else data / self.data


# Three seeds for each row of docs/results.md, but five where small differences are judged, and two where one is chosen
# on CamVid.
WBC = 'unet_wbc_1-10'
FIVE = {f'{kind}/{WBC}{end}' for kind, ends in (
    ('supervised', ('', '_augmented', '_augmented_double', '_augmented_3k', '_augmented_3k_double',
                    '_reflected_3k')),
    ('entmin', ('', '_3k')), ('entmin_plus', ('', '_3k')),
    ('entmin_plus/ablation', ('_threshold-0.9', '_3k-labeled-alone', '_3k-labeled-boxes', '_3k-reflected-labels')),
    ('entmin/ablation', [f'_{row}' for row in (
        'augmented-control black-corners both-statistics paper control entropy sharpen as cc as-cc fgmr-inclusive '
        'filled-control 3k-both-statistics 3k-reflected-labels 3k-filled-control').split()])) for end in ends}
DATA = dict(wbc='wbc1', toycells='toycells', camvid='camvid')  # by a part of the config's name
RUNS = dict(draws=10, sets=3)  # of a row, by its split


def seeds_of(config: str, split: str) -> int:
    if split in RUNS:
        return RUNS[split]
    if split == 'test':
        return 5 if config in FIVE else 3
    return 2 if 'camvid' in config else 3


def runs() -> list[Experiment]:
    """All rows with seed 0, then all with seed 1, ...: a stopped series leaves whole tables of few seeds."""
    rows = dict.fromkeys((config, table.split) for table in TABLES.values() for config, _ in table.rows
                         if exists(config))
    found = [Experiment(config, next(data for part, data in DATA.items() if part in config), seed, split)
             for config, split in rows for seed in range(seeds_of(config, split))]
    return sorted(found, key=lambda experiment: experiment.seed)


EXPERIMENTS = runs()


def scalars(work_dir: Path) -> Iterator[dict]:
    """Every line that the run logged, over all its starts."""
    for path in sorted(work_dir.glob('*/vis_data/scalars.json')):
        yield from read_lines(path)


def count_logged(work_dir: Path) -> int:
    """How often the training of a run was logged, over all its starts."""
    return sum('loss' in line for line in scalars(work_dir))


class TrainingForward(nn.Module):
    """The network as a training step runs it on one image: with variance and classification, where it has them."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor):
        if not hasattr(self.model, 'forward_predictions'):
            return self.model._forward(image)
        predictions = self.model.forward_predictions(image)
        return predictions.seg_mean, predictions.seg_var, predictions.cls_mean, predictions.cls_var


@functools.lru_cache
def size(run: str) -> dict[str, int]:
    """Trained parameters of a run's network, and multiply-adds of one image of the training's size in a training
    forward.
    """
    cfg = load(run)
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model).eval()
    image = torch.zeros(1, 3, *cfg.get('crop_size', (64, 64)))  # the generated cells come as they are, 64 x 64
    flops = FlopAnalyzer(TrainingForward(model), (image, ))
    flops.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return dict(
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad), multiply_adds=int(flops.total()))


def train(experiment: Experiment, cfg: Config, data: Path, work_dir: Path) -> int:
    """Train to the end (or go on); the peak of the process's memory, in MiB. The config is written beside the work dir.

    Raises:
        SystemExit: the training failed; its log is named.
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
    result['device'] = torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU'
    if torch.cuda.is_available():
        result['peak_memory_mib'] = max(line['memory'] for line in scalars(work_dir) if 'memory' in line)
    elif count_logged(work_dir) > trained:  # a run that was at its end has been validated alone
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
        iterations=cfg.train_cfg.max_iters,
        metrics={key: value for key, value in lines[-1].items() if key not in ('time', 'data_time', 'step')},
        seconds_per_iteration=statistics.median(line['time'] for line in lines if 'loss' in line),
        **size(experiment.config),
        versions={package: version(package) for package in PACKAGES},
        commit=commit())


def commit() -> str:
    """That of the code, empty where it is none."""
    command = ['git', '-C', str(ROOT), 'rev-parse', 'HEAD']
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, default=ROOT / 'data', help='folder with wbc1, ... (default: data)')
    parser.add_argument('--work-dirs', type=Path, default=ROOT / 'work_dirs' / 'experiments')
    parser.add_argument(
        '--records', type=Path, default=RECORDS, help='folder of the CSV files (default: benchmarks/results/records)')
    parser.add_argument('--only', default='', help='regular expression: only experiments whose name it finds')
    parser.add_argument('--jobs', type=int, default=1, help='runs at a time (default: 1)')
    parser.add_argument('--list', action='store_true', help='say what is done and what is missing, and run nothing')
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
