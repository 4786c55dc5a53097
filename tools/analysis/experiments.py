# Copyright (c) mmseg_entmin authors. Licensed under Apache-2.0.
"""Runs the experiments behind docs/results.md: what is missing, one process a run, one JSON file a run.

    python tools/analysis/experiments.py --data data [--only 'wbc'] [--list]

A run trains by tools/train.py to the end of its config's schedule and is judged by its LAST checkpoint. A stopped run
goes on from its checkpoint when the command is given again. `make tables` writes the tables from the JSON files alone.
"""
import argparse
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Iterator, List

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / 'docs' / 'results'
PACKAGES = ('torch', 'onedl-mmengine', 'onedl-mmsegmentation', 'numpy')


@dataclass(frozen=True)
class Experiment:
    """One run: a config below configs/, the folder of its data below --data, and a seed."""

    config: str
    data: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.config.replace('/', '-')}_seed{self.seed}"


# The rows of docs/results.md; tools/analysis/tables.py knows them by the name of the config.
WBC_ROWS = ('supervised/unet_wbc_1-10', 'entmin/ablation/unet_wbc_1-10_control', 'entmin/unet_wbc_1-10')
EXPERIMENTS = [Experiment(config, 'wbc1', seed) for seed in range(5) for config in WBC_ROWS]
EXPERIMENTS += [Experiment('supervised/unet_wbc_all', 'wbc1', seed) for seed in range(3)]
TOY_ROWS = ('supervised/unet_toycells_1-10', 'entmin/unet_toycells_1-10', 'supervised/unet_toycells_all')
EXPERIMENTS += [Experiment(config, 'toycells', seed) for seed in range(3) for config in TOY_ROWS]


def scalars(work_dir: Path) -> Iterator[dict]:
    """Every line that the run logged, over all its starts."""
    for path in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            yield json.loads(line)


def run(experiment: Experiment, data: Path, work_dirs: Path, results: Path) -> None:
    """Train to the end (or go on), then write the JSON file.

    Raises:
        SystemExit: the training failed; its log is named.
    """
    import mmseg_entmin  # noqa: F401
    from mmengine.config import Config
    from mmengine.registry import DefaultScope
    from mmseg.registry import MODELS
    cfg = Config.fromfile(ROOT / 'configs' / f'{experiment.config}.py')
    work_dir = work_dirs / experiment.name
    work_dir.mkdir(parents=True, exist_ok=True)
    log = work_dir / 'output.log'
    with open(log, 'a') as out:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / 'tools' / 'train.py'), cfg.filename, '--data-root', str(data / experiment.data),
             '--work-dir', str(work_dir), '--seed', str(experiment.seed), '--resume'],
            stdout=out, stderr=out, env=dict(os.environ, PYTHONPATH=str(ROOT)))
        _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f'error: {experiment.name} ended with status {os.waitstatus_to_exitcode(status)}; see {log}')
    lines = list(scalars(work_dir))
    steps = [line['time'] for line in lines if 'loss' in line]
    loader = cfg.train_dataloader.dataset
    with DefaultScope.overwrite_default_scope('mmseg'):
        model = MODELS.build(cfg.model)
    result = dict(
        config=experiment.config,
        seed=experiment.seed,
        config_sha256=hashlib.sha256(cfg.pretty_text.encode()).hexdigest(),
        labeled_list=loader.get('labeled', loader).ann_file,
        test_list=cfg.test_dataloader.dataset.ann_file,
        iterations=cfg.train_cfg.max_iters,
        metrics={key: value for key, value in lines[-1].items() if key not in ('time', 'data_time', 'step')},
        seconds_per_iteration=statistics.median(steps),
        peak_memory_mib=usage.ru_maxrss // 1024,
        parameters=sum(p.numel() for p in model.parameters()),
        versions={package: version(package) for package in PACKAGES})
    results.mkdir(parents=True, exist_ok=True)
    path = results / f'{experiment.name}.json'
    path.with_suffix('.part').write_text(json.dumps(result, indent=1) + '\n')
    path.with_suffix('.part').replace(path)
    print(f"{experiment.name}: mIoU {result['metrics']['mIoU']}", flush=True)


def main(argv: List[str] = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, default=ROOT / 'data', help='folder with wbc1, toycells (default: data)')
    parser.add_argument('--work-dirs', type=Path, default=ROOT / 'work_dirs' / 'experiments')
    parser.add_argument(
        '--results', type=Path, default=RESULTS, help='folder of the JSON files (default: docs/results)')
    parser.add_argument('--only', default='', help='regular expression: run only experiments whose name it finds')
    parser.add_argument('--list', action='store_true', help='say what is done and what is missing, and run nothing')
    args = parser.parse_args(argv)
    for experiment in EXPERIMENTS:
        done = (args.results / f'{experiment.name}.json').is_file()
        if args.list:
            print('done   ' if done else 'missing', experiment.name)
        elif not done and re.search(args.only, experiment.name):
            run(experiment, args.data, args.work_dirs, args.results)


if __name__ == '__main__':
    main()
